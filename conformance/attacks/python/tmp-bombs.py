for folder in ('/tmp', '/home/user', '/dev/shm'):
    made = written = 0
    try:
        while True:
            os.mknod(f'{folder}/{made}')
            made += 1
    except OSError as error:
        print(folder, errno.errorcode[error.errno], made)
    try:
        with open(f'{folder}/0', 'wb', 0) as file:
            while True:
                written += file.write(b'x' * (1 << 16))
    except OSError as error:
        print(folder, errno.errorcode[error.errno], written >> 20)
