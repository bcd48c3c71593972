# Descriptors along with the bytes of the channel: the host must not keep them.
import array, socket, stat
for name in os.listdir('/proc/self/fd'):
    try:
        if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
            channel = socket.socket(fileno=os.dup(int(name)))
    except OSError:
        pass
fds = array.array('i', [os.open('/dev/null', os.O_RDONLY) for _ in range(200)])
for _ in range(50):
    channel.sendmsg([b'\x01\0\0\0\x11\x01\0\0\0x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
