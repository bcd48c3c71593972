import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, type Row, nameSandboxes, openBare, times, warmStarts, warmUp } from '../bench.ts';
import { byTurns, time } from '../by-turns.ts';
import { type RunningHost, openHost } from '../open-host.ts';
import { scale } from '../samples.ts';

const code = 'print("x")';
const name = nameSandboxes('new');

/** From the request to the first text of a sandbox that was not there before; it is deleted afterwards. */
async function measureFirst({ client }: RunningHost): Promise<number> {
  const sandbox = name();
  const { first } = await client.run(sandbox, { code });
  if (first === undefined) throw new Error('nothing was printed');
  await client.json('DELETE', `/v1/sandboxes/${sandbox}`);
  return first;
}

/** Long enough for the pool to be full again, in milliseconds. It is not part of what is measured. */
const refillMs = 150;

export const newSandboxWarm: Row = {
  name: 'new-sandbox-warm',
  about: 'a new sandbox from the pool, to its first text at the client',
  async measure(bench) {
    await using host = await openHost(bench.place, ['--pool', '4']);
    const n = times(bench, 60);
    const measure = async (): Promise<number> => {
      await delay(refillMs);
      return measureFirst(host);
    };
    const [samples, floor] = await byTurns(n, { n, measure }, { n, measure: () => bench.floors.hello() });
    return [
      {
        ...{ name: 'new sandbox to first text, warm pool', unit: 'ms', ...samples },
        floor: { ...floor, name: 'an HTTP request to a server in Node that answers with one byte' },
        targets: [{ at: 'most', value: 5 }],
      },
    ];
  },
};

export const newSandboxCold: Row = {
  name: 'new-sandbox-cold',
  about: 'a new sandbox with the pool empty, to its first text at the client',
  async measure(bench) {
    await using host = await openBare(bench);
    await warmUp(() => measureFirst(host), times(bench, warmStarts, 1));
    const n = times(bench, 40);
    const [samples, floor] = await byTurns(
      8,
      { n, measure: () => measureFirst(host) },
      { n, measure: () => bench.floors.sandbox() },
    );
    return [
      {
        ...{ name: 'new sandbox to first text, no pool', unit: 'ms', ...samples },
        floor: { ...floor, name: '`bwrap … true`, and a fork of a Python with numpy, pandas and matplotlib' },
        targets: [
          { at: 'most', value: 25 },
          { at: 'most', value: 1.8, of: 'ratio' },
        ],
      },
    ];
  },
};

export const hundredAtOnce: Row = {
  name: 'hundred-at-once',
  about: '100 new sandboxes that are asked for at once, until all have printed',
  async measure(bench: Bench) {
    await using host = await openBare(bench);
    const count = bench.smoke ? 8 : 100;
    await warmUp(() => measureFirst(host), times(bench, warmStarts, 1));
    const measure = async (): Promise<number> => {
      const sandboxes = Array.from({ length: count }, name);
      const took = await time(() => Promise.all(sandboxes.map((sandbox) => host.client.run(sandbox, { code }))));
      await Promise.all(sandboxes.map((sandbox) => host.client.json('DELETE', `/v1/sandboxes/${sandbox}`)));
      return took;
    };
    const rounds = times(bench, 3, 1);
    const [samples, one] = await byTurns(
      rounds,
      { n: rounds, measure },
      { n: times(bench, 42), measure: () => bench.floors.sandbox() },
    );
    return [
      {
        ...{ name: `${count} new sandboxes at once, all printed`, unit: 'ms', ...samples },
        floor: {
          ...scale(one, count / availableParallelism()),
          name: `${count} × the floor of one, on every processor`,
        },
        targets: [{ at: 'most', value: 1200 }],
      },
    ];
  },
};
