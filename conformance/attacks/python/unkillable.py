import signal, threading, time
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_SETMASK, set(signal.Signals))
threading.Thread(target=lambda: [time.sleep(1) for _ in range(600)]).start()
while True:
    try:
        while True:
            time.sleep(60)
    except BaseException:
        pass
