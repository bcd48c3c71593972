import signal
os.kill(os.getpid(), signal.SIGKILL)
