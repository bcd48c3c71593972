import socket
AF_ALG, AF_VSOCK, AF_BLUETOOTH, AF_TIPC, AF_RDS, AF_XDP, AF_KEY = 38, 40, 31, 30, 21, 44, 15
for family in (AF_ALG, AF_VSOCK, AF_BLUETOOTH, AF_TIPC, AF_RDS, AF_XDP, AF_KEY, socket.AF_PACKET):
    for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        attempt(f'family {family}, {kind.name}', lambda: socket.socket(family, kind))
for family in (socket.AF_INET, socket.AF_INET6):
    for protocol in (1, 6, 17, 58, 255):
        attempt(f'raw {family.name} {protocol}', lambda: socket.socket(family, socket.SOCK_RAW, protocol))
    attempt(f'ping {family.name}', lambda: socket.socket(family, socket.SOCK_DGRAM, 1 if family == socket.AF_INET else 58))
for protocol in (4, 6, 9, 12, 15, 16, 21):
    attempt(f'netlink {protocol}', lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol))
