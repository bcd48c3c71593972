import signal
os.kill(-1, signal.SIGKILL)
import time; time.sleep(10)
