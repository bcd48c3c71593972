"""Measures the kernel alone, with this folder's host in Python; prints one JSON object. Run as root: python measure.py"""

import json
import time

from host import Host


def percentiles(call, count):
    times = []
    for _ in range(count):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return {'p50': round(times[count // 2], 3), 'p95': round(times[int(count * 0.95)], 3)}


def main():
    host = Host()
    found = {'zygoteReadyMs': round(host.start_seconds * 1000)}
    found['spawnToReadyMs'] = percentiles(lambda: host.spawn().kill(), 60)
    kernel = host.spawn()
    for name, code in (('expressionMs', '1+1'), ('printMs', 'print("x")'), ('assignmentMs', 'a = 1')):
        found[name] = percentiles(lambda code=code: kernel.execute(code), 500)
    loop = 'for i in range(100000): print(i)'
    found['prints100kMs'] = percentiles(lambda: kernel.execute(loop), 10)
    kernel.execute('import threading; threading.Thread(target=int).start()')
    found['prints100kWithThreadsMs'] = percentiles(lambda: kernel.execute(loop), 5)
    pandas = 'import pandas as pd; print(pd.DataFrame({"a": range(10)}).describe())'
    found['spawnAndFirstPandasMs'] = percentiles(lambda: host.spawn().execute(pandas), 20)
    figure = 'import matplotlib.pyplot as plt, numpy as np; plt.plot(np.random.randn(10_000)); plt.show()'
    for name, charts in (('figureOf10kPointsMs', False), ('figureOf10kPointsWithChartMs', True)):
        found[name] = percentiles(lambda charts=charts: kernel.execute(figure, charts=charts), 20)
    host.close()
    print(json.dumps(found))


if __name__ == '__main__':
    main()
