import signal, time
for pid in (2, 1):
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
        os.kill(pid, number)
time.sleep(10)
