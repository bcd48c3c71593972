import stat
for path in ('/dev/mem', '/dev/kmsg', '/dev/kvm', '/dev/fuse', '/dev/vda', '/dev/sda', '/dev/loop-control', '/dev/net/tun', '/dev/port', '/dev/console', '/dev/tty'):
    attempt(path, lambda: os.open(path, os.O_RDWR))
for name, mode, device in (('disk', stat.S_IFBLK, (254, 0)), ('loop', stat.S_IFBLK, (7, 0)), ('memory', stat.S_IFCHR, (1, 1)), ('null', stat.S_IFCHR, (1, 3))):
    for folder in ('/workspace', '/tmp', '/dev/shm'):
        attempt(f'{folder}/{name}', lambda: os.mknod(f'{folder}/{name}', mode | 0o666, os.makedev(*device)))
