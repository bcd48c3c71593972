import { type Row, openBare, times } from '../bench.ts';
import { type Turn, byTurns } from '../by-turns.ts';
import type { Figure } from '../figure.ts';
import type { Samples } from '../samples.ts';

export const pictures: Row = {
  name: 'pictures',
  about: '200 matplotlib pictures, without and with charts',
  async measure(bench) {
    await using host = await openBare(bench);
    const [count, each] = bench.smoke ? [3, 3] : [200, 16];
    // A third of them in all, since each takes as long as the one before.
    const rounds = times(bench, 4, 1);
    const toCode = (n: number): string =>
      `from matplotlib import pyplot as plt\nfor n in range(${n}):\n    plt.plot([0, 1, 2, n])\n    plt.show()`;
    await host.client.run('pictures', { code: toCode(3) });
    const code = toCode(each);
    const toAll = (ms: number): number => ms * (count / each);
    const show = (charts: boolean): Turn => ({
      n: rounds,
      measure: async () => toAll((await host.client.run('pictures', { code, charts })).end),
    });
    const [off, on, plain] = await byTurns(rounds, show(false), show(true), {
      n: rounds,
      measure: async () => toAll(await bench.floors.pictures(each)),
    });
    const floor = { ...plain, name: 'the same pictures in a plain Python' };
    const toFigure = (charts: string, samples: Samples, value: number): Figure => ({
      ...{ name: `${count} pictures, charts ${charts}`, unit: 'ms', ...samples, floor },
      targets: [{ at: 'most', value, of: 'ratio' }],
    });
    return [toFigure('off', off, 1.1), toFigure('on', on, 1.2)];
  },
};
