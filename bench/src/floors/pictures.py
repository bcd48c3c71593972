"""Pictures as a kernel makes them, in a plain Python: how long for so many, in milliseconds, for each line it reads."""
import io
import sys
import time

import matplotlib

matplotlib.use('agg')
from matplotlib import pyplot as plt


def draw(count):
    for n in range(count):
        figure = plt.figure()
        plt.plot([0, 1, 2, n])
        figure.canvas.print_figure(io.BytesIO(), format='png', bbox_inches='tight', facecolor='white', edgecolor='white', dpi=figure.dpi)
        plt.close(figure)


draw(3)
print('ready', flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    draw(int(line))
    print((time.perf_counter() - start) * 1000, flush=True)
