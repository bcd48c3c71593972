import { type Bench, type Row, openBare, times, warmRuns, warmStarts, warmUp } from '../bench.ts';
import { byTurns } from '../by-turns.ts';
import type { Figure } from '../figure.ts';
import { listDescendants, readGrown } from '../memory.ts';
import { type Samples, summarize } from '../samples.ts';
import { measureContext } from './contexts.ts';

/** Contexts of one sandbox. */
const perSandbox = 20;

/** A host in which more and more contexts are live. */
interface Crowd {
  live(): number;
  growTo(goal: number): Promise<void>;
  /** Another context, which is deleted again; in milliseconds. */
  create(): Promise<number>;
  /** `1+1` in the first context, in milliseconds. */
  roundTrip(): Promise<number>;
  /** What each context holds, in MB. */
  memory(): Promise<number>;
}

async function openCrowd(bench: Bench, stack: AsyncDisposableStack): Promise<Crowd> {
  const host = stack.use(await openBare(bench));
  const path = (index: number): string => `/v1/sandboxes/growing-${Math.floor(index / perSandbox)}/contexts`;
  const grow = (index: number): Promise<unknown> => host.client.json('POST', path(index), { language: 'python' });
  await grow(0);
  const before = new Set((await listDescendants(host.pid)).map(({ pid }) => pid));
  let live = 1;
  return {
    live: () => live,
    async growTo(goal) {
      for (; live < goal; live++) await grow(live);
    },
    create: () => measureContext(host, path(0), 'python'),
    roundTrip: async () => (await host.client.run('growing-0', { code: '1+1' })).end,
    memory: async () => (await readGrown(host.pid, before)) / (live - 1),
  };
}

/** What contexts cost with many live, against a few: it must not cost more because there is more. */
async function compare(bench: Bench, many: Crowd, few: Crowd): Promise<Figure[]> {
  const measure = async (rounds: number, n: number, of: 'create' | 'roundTrip'): Promise<[Samples, Samples]> =>
    byTurns(rounds, { n, measure: many[of] }, { n, measure: few[of] });
  const toFigure = (what: string, unit: Figure['unit'], [samples, floor]: [Samples, Samples]): Figure => ({
    ...{ name: `${what} with ${many.live()} contexts live`, unit, ...samples },
    floor: { ...floor, name: `the same with ${few.live()}` },
    targets: [{ at: 'most', value: 1.2, of: 'ratio' }],
  });
  const memory = async (crowd: Crowd): Promise<Samples> => summarize([await crowd.memory()]);
  return [
    toFigure('new context', 'ms', await measure(10, times(bench, 50), 'create')),
    toFigure('round trip of 1+1', 'ms', await measure(10, times(bench, 300), 'roundTrip')),
    toFigure('memory of a context', 'MB', [await memory(many), await memory(few)]),
  ];
}

export const growing: Row = {
  name: 'growing',
  about: 'create time, round trip and memory of a context with 100 and 500 live, against 10',
  async measure(bench) {
    await using stack = new AsyncDisposableStack();
    const few = await openCrowd(bench, stack);
    const many = await openCrowd(bench, stack);
    const [least, ...most] = bench.smoke ? [2, 4] : [10, 100, 500];
    await few.growTo(least);
    const figures: Figure[] = [];
    for (const goal of most) {
      await many.growTo(goal);
      for (const crowd of [few, many]) await warmUp(crowd.create, times(bench, warmStarts, 1));
      for (const crowd of [few, many]) await warmUp(crowd.roundTrip, times(bench, warmRuns / 10, 1));
      figures.push(...(await compare(bench, many, few)));
    }
    return figures;
  },
};
