import stat
for name in os.listdir('/proc/self/fd'):
    try:
        if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
            os.write(int(name), b'\xff\xff\xff\xff\x11\x01\0\0\0')
    except OSError:
        pass
import time; time.sleep(10)
