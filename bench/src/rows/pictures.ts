import { type Row, openBare, times } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { summarize } from '../samples.ts';

export const pictures: Row = {
  name: 'pictures',
  about: '200 matplotlib pictures, without and with charts',
  async measure(bench) {
    await using host = await openBare(bench);
    const [count, each] = bench.smoke ? [3, 3] : [200, 25];
    // By turns, since a machine is not the same from one minute to the next; half of them, since each takes as long as the one before.
    const rounds = times(bench, 4, 1);
    const toCode = (n: number): string =>
      `from matplotlib import pyplot as plt\nfor n in range(${n}):\n    plt.plot([0, 1, 2, n])\n    plt.show()`;
    await host.client.run('pictures', { code: toCode(3) });
    const code = toCode(each);
    const took = { off: [] as number[], on: [] as number[], plain: [] as number[] };
    for (let i = 0; i < rounds; i++) {
      took.off.push((await host.client.run('pictures', { code, charts: false })).end * (count / each));
      took.on.push((await host.client.run('pictures', { code, charts: true })).end * (count / each));
      took.plain.push((await bench.floors.pictures(each, 1)).p50 * (count / each));
    }
    const floor = { ...summarize(took.plain), name: 'the same pictures in a plain Python' };
    const toFigure = (charts: 'off' | 'on', value: number): Figure => ({
      ...{ name: `${count} pictures, charts ${charts}`, unit: 'ms', ...summarize(took[charts]), floor },
      targets: [{ at: 'most', value, of: 'ratio' }],
    });
    return [toFigure('off', 1.1), toFigure('on', 1.2)];
  },
};
