import signal
for name in ('HOST_PID', 'OTHER_PID'):
    pid = int(os.environ[name])
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
        attempt(f'{name} {number.name}', lambda: os.kill(pid, number))
    attempt(f'group of {name}', lambda: os.killpg(pid, signal.SIGKILL))
    attempt(f'{name} by pidfd', lambda: signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGKILL))
