# What whoever removes them has to cope with.
for name in (b'\xff\xfe', b'a\nb', b'-rf', b'$(reboot)', b'"; rm', b' ', b'\x1b[2J', b'a' * 255):
    open(b'/workspace/' + name, 'w').close()
os.chdir('/workspace')
deep = 0
try:
    for deep in range(400):
        os.mkdir('d' * 200)
        os.chdir('d' * 200)
except OSError as error:
    print(errno.errorcode[error.errno])
os.symlink('/', 'root')
os.mkfifo('fifo')
os.chmod('/workspace', 0)
print(deep > 100)
