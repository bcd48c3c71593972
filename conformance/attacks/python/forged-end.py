# Says that the execution is done, and goes on.
import stat
for name in os.listdir('/proc/self/fd'):
    try:
        if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
            os.write(int(name), b'\0\0\0\0\x16\x01\0\0\0')
    except OSError:
        pass
print('after the end')
