# 10,000 whose parent never asks.
for _ in range(10_000):
    if os.fork() == 0:
        os._exit(0)
