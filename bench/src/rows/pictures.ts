import { type Row, openBare, times } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { summarize } from '../samples.ts';

export const pictures: Row = {
  name: 'pictures',
  about: '200 matplotlib pictures, without and with charts',
  async measure(bench) {
    await using host = await openBare(bench);
    const count = bench.smoke ? 3 : 200;
    const n = times(bench, 2, 1);
    const code = `from matplotlib import pyplot as plt\nfor n in range(${count}):\n    plt.plot([0, 1, 2, n])\n    plt.show()`;
    await host.client.run('pictures', { code: code.replace(String(count), '3') });
    const took = { off: [] as number[], on: [] as number[] };
    for (let i = 0; i < n; i++) {
      took.off.push((await host.client.run('pictures', { code, charts: false })).end);
      took.on.push((await host.client.run('pictures', { code, charts: true })).end);
    }
    const floor = { ...(await bench.floors.pictures(count, n)), name: 'the same pictures in a plain Python' };
    const toFigure = (charts: 'off' | 'on', value: number): Figure => ({
      ...{ name: `${count} pictures, charts ${charts}`, unit: 'ms', ...summarize(took[charts]), floor },
      targets: [{ at: 'most', value, of: 'ratio' }],
    });
    return [toFigure('off', 1.1), toFigure('on', 1.2)];
  },
};
