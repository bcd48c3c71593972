import { type Row, openBare, times } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { time } from '../floors.ts';
import { listDescendants, readGrown } from '../memory.ts';
import { type Samples, summarize } from '../samples.ts';

/** Contexts of one sandbox. */
const perSandbox = 20;
/** How many of the newest contexts are looked at: those that saw the most beside them. */
const newest = 50;

interface Level {
  readonly live: number;
  readonly create: Samples;
  readonly roundTrip: Samples;
  readonly memory: Samples;
}

/** What a level costs, against the first: it must not cost more because there is more. */
function toFigures(level: Level, first: Level): Figure[] {
  const toFigure = (what: string, unit: Figure['unit'], of: (level: Level) => Samples): Figure => ({
    ...{ name: `${what} with ${level.live} contexts live`, unit, ...of(level) },
    floor: { ...of(first), name: `the same with ${first.live}` },
    targets: [{ at: 'most', value: 1.2, of: 'ratio' }],
  });
  return [
    toFigure('new context', 'ms', ({ create }) => create),
    toFigure('round trip of 1+1', 'ms', ({ roundTrip }) => roundTrip),
    toFigure('memory of a context', 'MB', ({ memory }) => memory),
  ];
}

export const growing: Row = {
  name: 'growing',
  about: 'create time, round trip and memory of a context with 10, 100 and 500 live',
  async measure(bench) {
    await using host = await openBare(bench);
    const sandbox = (index: number): string => `growing-${Math.floor(index / perSandbox)}`;
    const create = (index: number): Promise<{ id: string }> =>
      host.client.json('POST', `/v1/sandboxes/${sandbox(index)}/contexts`, { language: 'python' });
    await create(0);
    const before = new Set((await listDescendants(host.pid)).map(({ pid }) => pid));
    const levels: Level[] = [];
    let live = 1;
    for (const goal of bench.smoke ? [2, 4] : [10, 100, 500]) {
      const took: number[] = [];
      for (; live < goal; live++) {
        const index = live;
        const ms = await time(() => create(index));
        if (index % perSandbox !== 0) took.push(ms); // a context alone, without its sandbox
      }
      const trips: number[] = [];
      for (const n = times(bench, 300); trips.length < n;)
        trips.push((await host.client.run(sandbox(0), { code: '1+1' })).end);
      const memory = summarize([(await readGrown(host.pid, before)) / (live - 1)]);
      levels.push({ live, create: summarize(took.slice(-newest)), roundTrip: summarize(trips), memory });
    }
    const [first, ...others] = levels;
    return first ? others.flatMap((level) => toFigures(level, first)) : [];
  },
};
