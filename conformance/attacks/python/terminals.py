import fcntl, pty, termios
master, slave = pty.openpty()
attempt('type', lambda: fcntl.ioctl(slave, termios.TIOCSTI, b'x'))
attempt('type for a console', lambda: fcntl.ioctl(slave, 0x541C, b'\x03'))
def all_of_them():
    held = []
    while len(held) < 1000:
        held.append(os.open('/dev/ptmx', os.O_RDWR | os.O_NOCTTY))
    return len(held)
attempt('every terminal of the machine', all_of_them)
