# Deleted and still open; sparse; with room reserved; by many at once.
held, written = [], 0
try:
    while True:
        file = open(f'/workspace/{len(held)}', 'wb', 0)
        os.remove(file.name)
        held.append(file)
        os.posix_fallocate(file.fileno(), 0, 4 << 20)
        written += 4
except OSError as error:
    print(errno.errorcode[error.errno], written)
