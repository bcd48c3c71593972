flags = {'time': 0x80, 'mnt': 0x20000, 'cgroup': 0x2000000, 'uts': 0x4000000, 'ipc': 0x8000000, 'user': 0x10000000, 'pid': 0x20000000, 'net': 0x40000000}
for name, flag in flags.items():
    attempt(f'unshare {name}', lambda: syscall('unshare', flag))
    attempt(f'clone {name}', lambda: syscall('clone', flag | 17, 0, 0, 0, 0))
for name in ('user', 'mnt', 'pid', 'net'):
    def enter():
        fd = os.open(f'/proc/1/ns/{name}', os.O_RDONLY)
        try:
            return call('setns', fd, 0)
        finally:
            os.close(fd)
    attempt(f'setns {name}', enter)
attempt('setns of a pidfd', lambda: call('setns', os.pidfd_open(1), flags['mnt']))
