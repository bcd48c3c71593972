# One page in each 2 MiB: the tables that lead there are more than the pages.
import mmap
size = 1 << 45
area = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
for at in range(0, size, 1 << 21):
    area[at] = 1
