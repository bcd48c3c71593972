import stat
for name in os.listdir('/proc/self/fd'):
    try:
        if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
            channel = int(name)
    except OSError:
        pass
print('begun', flush=True)
os.set_blocking(channel, True)
frames = b'\x01\0\0\0\x11\x01\0\0\0x' * 6000
while True:
    os.write(channel, frames)
