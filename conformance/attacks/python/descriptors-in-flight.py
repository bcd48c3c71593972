# Sockets inside of sockets, which the whole machine's kernel has to search through.
import array, socket
sent = 0
try:
    while sent < 100_000:
        pair = socket.socketpair()
        fds = array.array('i', [end.fileno() for end in pair] * 100)
        pair[0].sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
        sent += len(fds)
        pair[0].detach(); pair[1].detach()
except OSError as error:
    print(errno.errorcode[error.errno], sent < 40_000)
