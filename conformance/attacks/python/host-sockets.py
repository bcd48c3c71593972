# Abstract names belong to a network namespace; paths to a mount namespace.
import socket
for name in (*os.environ['HOST_SOCKETS'].split(','), '/run/quicksand', '/run/docker.sock', '/run/systemd/private', '/run/dbus/system_bus_socket'):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        connection = socket.socket(socket.AF_UNIX, kind)
        attempt(f'{name} {kind.name}', lambda: connection.connect(name.replace('@', '\0')))
        connection.close()
