written = 0
try:
    with open('/workspace/big', 'wb', 0) as file:
        while True:
            written += file.write(b'x' * (1 << 20))
except OSError as error:
    print(errno.errorcode[error.errno], written >> 20)
