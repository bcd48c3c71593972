"""100,000 short prints into a StringIO: how long, in milliseconds, for each line it reads."""
import io
import sys
import time

print('ready', flush=True)
for line in sys.stdin:
    count = int(line)
    out = io.StringIO()
    start = time.perf_counter()
    for n in range(count):
        print(n, file=out)
    print((time.perf_counter() - start) * 1000, flush=True)
