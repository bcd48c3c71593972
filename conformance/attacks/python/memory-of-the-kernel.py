# Memory that is no process's own: pipes, sockets, tmpfs, memfds, segments, queues, page tables, directory entries.
import fcntl, mmap, socket
held = []
def fill_pipes():
    for _ in range(4000):
        read, write = os.pipe()
        held.append((read, write))
        os.set_blocking(write, False)
        try:
            fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 1 << 20)
        except OSError:
            pass
        try:
            while True:
                os.write(write, b'x' * 65536)
        except BlockingIOError:
            pass
def fill_sockets():
    for _ in range(4000):
        pair = socket.socketpair()
        held.append(pair)
        pair[0].setblocking(False)
        pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)
        try:
            while True:
                pair[0].send(b'x' * 65536)
        except BlockingIOError:
            pass
def fill_memfds():
    while True:
        fd = os.memfd_create('x')
        held.append(fd)
        os.posix_fallocate(fd, 0, 64 << 20)
for fill in (fill_pipes, fill_sockets, fill_memfds):
    try:
        fill()
    except OSError as error:
        print(fill.__name__, errno.errorcode[error.errno])
