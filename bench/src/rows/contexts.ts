import { availableParallelism } from 'node:os';
import { type Bench, type Row, everyProcessor, nameSandboxes, openBare, times, warmStarts, warmUp } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { time } from '../floors.ts';
import type { RunningHost } from '../open-host.ts';
import { type Samples, scale, summarize } from '../samples.ts';

const name = nameSandboxes('contexts');

/** Makes contexts one after the other in a sandbox that is there, and deletes each. */
async function measureContexts({ client }: RunningHost, language: string, bench: Bench): Promise<Samples> {
  const path = `/v1/sandboxes/${name()}/contexts`;
  await client.json('POST', path, { language });
  const measureOne = async (): Promise<number> => {
    let id = '';
    const took = await time(async () => ({ id } = await client.json<{ id: string }>('POST', path, { language })));
    await client.json('DELETE', `${path}/${id}`);
    return took;
  };
  await warmUp(measureOne, times(bench, warmStarts, 1));
  const took: number[] = [];
  for (const n = times(bench, 40); took.length < n;) took.push(await measureOne());
  return summarize(took);
}

async function measureNew(bench: Bench, language: string, floor: Figure['floor'], most: number): Promise<Figure[]> {
  await using host = await openBare(bench);
  const samples = await measureContexts(host, language, bench);
  return [
    {
      ...{ name: `new ${language} context in a sandbox, no pool`, unit: 'ms', ...samples },
      ...(floor && { floor }),
      targets: [{ at: 'most', value: most }],
    },
  ];
}

export const newPythonContext: Row = {
  name: 'new-context',
  about: 'a new Python context in a sandbox that is there',
  async measure(bench) {
    const floor = {
      ...(await bench.floors.fork(times(bench, 40))),
      name: 'a fork of a Python with numpy, pandas and matplotlib',
    };
    return measureNew(bench, 'python', floor, 8);
  },
};

export const newJavaScriptContext: Row = {
  name: 'new-context-javascript',
  about: 'a new JavaScript context in a sandbox that is there',
  language: 'javascript',
  async measure(bench) {
    return measureNew(bench, 'javascript', { ...(await bench.floors.node(times(bench, 20))), name: '`node -e 0`' }, 40);
  },
};

export const fiftyContexts: Row = {
  name: 'fifty-contexts-javascript',
  about: '50 new JavaScript contexts that are asked for at once, in a sandbox that may use every processor',
  language: 'javascript',
  async measure(bench) {
    await using host = await openBare(bench, ...everyProcessor);
    const count = bench.smoke ? 4 : 50;
    const took: number[] = [];
    for (const n = times(bench, 3, 1); took.length < n;) {
      const path = `/v1/sandboxes/${name()}/contexts`;
      const ask = (): Promise<unknown> => host.client.json('POST', path, { language: 'javascript' });
      took.push(await time(() => Promise.all(Array.from({ length: count }, ask))));
      await host.client.json('DELETE', path.replace(/\/contexts$/, ''));
    }
    const one = await bench.floors.node(times(bench, 20));
    return [
      {
        ...{ name: `${count} new javascript contexts at once`, unit: 'ms', ...summarize(took) },
        floor: { ...scale(one, count / availableParallelism()), name: `${count} × \`node -e 0\`, on every processor` },
        targets: [{ at: 'most', value: 1000 }],
      },
    ];
  },
};
