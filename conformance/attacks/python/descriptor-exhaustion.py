import resource
held = []
try:
    while True:
        held.append(os.open('/dev/null', os.O_RDONLY))
except OSError as error:
    print(errno.errorcode[error.errno], len(held) < 16384)
for fd in held:
    os.close(fd)
