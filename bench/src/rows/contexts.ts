import { availableParallelism } from 'node:os';
import { type Bench, type Row, everyProcessor, nameSandboxes, openBare, times, warmStarts, warmUp } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { byTurns, time } from '../by-turns.ts';
import type { RunningHost } from '../open-host.ts';
import { scale } from '../samples.ts';

const name = nameSandboxes('contexts');

/** Makes a context in a sandbox that is there, and deletes it: how long until it was there, in milliseconds. */
export async function measureContext({ client }: RunningHost, path: string, language: string): Promise<number> {
  let id = '';
  const took = await time(async () => ({ id } = await client.json<{ id: string }>('POST', path, { language })));
  await client.json('DELETE', `${path}/${id}`);
  return took;
}

interface Expected {
  readonly most: number;
  readonly floor: { readonly name: string; measure(): Promise<number> };
}

async function measureNew(bench: Bench, language: string, { most, floor }: Expected): Promise<Figure[]> {
  await using host = await openBare(bench);
  const path = `/v1/sandboxes/${name()}/contexts`;
  await host.client.json('POST', path, { language });
  const measure = (): Promise<number> => measureContext(host, path, language);
  await warmUp(measure, times(bench, warmStarts, 1));
  const n = times(bench, 40);
  const [samples, floorSamples] = await byTurns(8, { n, measure }, { n, measure: floor.measure });
  return [
    {
      ...{ name: `new ${language} context in a sandbox, no pool`, unit: 'ms', ...samples },
      floor: { ...floorSamples, name: floor.name },
      targets: [{ at: 'most', value: most }],
    },
  ];
}

export const newPythonContext: Row = {
  name: 'new-context',
  about: 'a new Python context in a sandbox that is there',
  measure: (bench) =>
    measureNew(bench, 'python', {
      most: 8,
      floor: { name: 'a fork of a Python with numpy, pandas and matplotlib', measure: () => bench.floors.fork() },
    }),
};

export const newJavaScriptContext: Row = {
  name: 'new-context-javascript',
  about: 'a new JavaScript context in a sandbox that is there',
  language: 'javascript',
  measure: (bench) =>
    measureNew(bench, 'javascript', {
      most: 40,
      floor: { name: '`node -e 0`', measure: () => bench.floors.node() },
    }),
};

export const fiftyContexts: Row = {
  name: 'fifty-contexts-javascript',
  about: '50 new JavaScript contexts that are asked for at once, in a sandbox that may use every processor',
  language: 'javascript',
  async measure(bench) {
    await using host = await openBare(bench, ...everyProcessor);
    const count = bench.smoke ? 4 : 50;
    const measure = async (): Promise<number> => {
      const path = `/v1/sandboxes/${name()}/contexts`;
      const ask = (): Promise<unknown> => host.client.json('POST', path, { language: 'javascript' });
      const took = await time(() => Promise.all(Array.from({ length: count }, ask)));
      await host.client.json('DELETE', path.replace(/\/contexts$/, ''));
      return took;
    };
    const rounds = times(bench, 3, 1);
    const [samples, one] = await byTurns(
      rounds,
      { n: rounds, measure },
      { n: times(bench, 21), measure: () => bench.floors.node() },
    );
    return [
      {
        ...{ name: `${count} new javascript contexts at once`, unit: 'ms', ...samples },
        floor: { ...scale(one, count / availableParallelism()), name: `${count} × \`node -e 0\`, on every processor` },
        targets: [{ at: 'most', value: 1000 }],
      },
    ];
  },
};
