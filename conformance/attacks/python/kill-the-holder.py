import signal
for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
    os.kill(1, number)
