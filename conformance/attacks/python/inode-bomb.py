made = 0
try:
    while True:
        os.mknod(f'/workspace/{made}')
        made += 1
except OSError as error:
    print(errno.errorcode[error.errno], made)
