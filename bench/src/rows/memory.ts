import { type Bench, type Row, openBare } from '../bench.ts';
import type { Figure } from '../figure.ts';
import type { LineProcess } from '../open-process.ts';
import type { RunningHost } from '../open-host.ts';
import { listDescendants, readGrown, readPss } from '../memory.ts';
import { type Samples, summarize } from '../samples.ts';

const using =
  'import numpy as np, pandas as pd\nfrom matplotlib import pyplot as plt\npd.DataFrame({"a": np.arange(1000)}).describe()\nplt.plot([1, 2])\nplt.show()';

/** Every process below the host now. */
async function listNow({ pid }: RunningHost): Promise<ReadonlySet<number>> {
  return new Set((await listDescendants(pid)).map((process) => process.pid));
}

/** One measurement of something that does not repeat. */
const once = (value: number): Samples => summarize([value]);

/** Memory of a context with `count` live, idle, and after each has run `code`. */
async function measureContexts(
  host: RunningHost,
  { language, count, code }: { language: string; count: number; code?: string },
): Promise<number[]> {
  const path = `/v1/sandboxes/memory-${language}/contexts`;
  // The sandbox itself and what a language starts once are there before.
  const first = await host.client.json<{ id: string }>('POST', path, { language });
  const before = await listNow(host);
  const ids: string[] = [first.id];
  while (ids.length < count) ids.push((await host.client.json<{ id: string }>('POST', path, { language })).id);
  const each = async (): Promise<number> => (await readGrown(host.pid, before)) / (count - 1);
  const held = [await each()];
  if (code === undefined) return held;
  for (const contextId of ids) await host.client.run(`memory-${language}`, { code, contextId });
  return [...held, await each()];
}

/** Memory of several programs of which each waits, for each of them. */
async function measureIdle(open: () => Promise<LineProcess>, count: number): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const pids: number[] = [];
  while (pids.length < count) pids.push(stack.use(await open()).pid);
  const held = await Promise.all(pids.map(readPss));
  return held.reduce((sum, value) => sum + value, 0) / count;
}

export const memoryPython: Row = {
  name: 'memory',
  about: 'memory (PSS) of an idle Python context with 50 live, and of the host',
  async measure(bench) {
    await using host = await openBare(bench);
    const fresh = await readPss(host.pid);
    const count = bench.smoke ? 3 : 50;
    const [idle = 0, used = 0] = await measureContexts(host, { language: 'python', count, code: using });
    const bare = await measureIdle(() => bench.floors.idlePython(['IPython']), 1);
    const loaded = await measureIdle(
      () => bench.floors.idlePython(['IPython', 'numpy', 'pandas', 'matplotlib.pyplot']),
      1,
    );
    const name = (what: string): string => `memory of a Python context, ${what}, ${count} live`;
    return [
      {
        ...{ name: name('idle'), unit: 'MB', ...once(idle) },
        floor: { ...once(bare), name: 'a fresh python3 with IPython' },
        targets: [{ at: 'most', value: 5 }],
      },
      {
        ...{ name: name('pandas and matplotlib used'), unit: 'MB', ...once(used) },
        floor: { ...once(loaded), name: 'a fresh python3 with IPython, numpy, pandas and matplotlib' },
        targets: [{ at: 'most', value: 12 }],
      },
      { ...{ name: 'memory of the host', unit: 'MB', ...once(fresh) }, targets: [{ at: 'most', value: 80 }] },
      await measureGrowth(bench),
    ];
  },
};

/** What the host holds more after many executions than after some. */
async function measureGrowth(bench: Bench): Promise<Figure> {
  await using host = await openBare(bench, '--limit', 'logKeepMs=1000');
  const run = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) await host.client.run('grows', { code: '1+1' });
  };
  const [some, many] = bench.smoke ? [20, 100] : [1000, 10_000];
  await run(some);
  const before = await readPss(host.pid);
  await run(many);
  return {
    ...{
      name: `growth of the host in ${many} executions`,
      unit: 'MB',
      ...once(Math.max(0, (await readPss(host.pid)) - before)),
    },
    targets: [{ at: 'most', value: 10 }],
  };
}

export const memoryJavaScript: Row = {
  name: 'memory-javascript',
  about: 'memory (PSS) of an idle JavaScript context with 50 live',
  language: 'javascript',
  async measure(bench) {
    await using host = await openBare(bench);
    const count = bench.smoke ? 3 : 50;
    const [idle = 0] = await measureContexts(host, { language: 'javascript', count });
    const floor = await measureIdle(() => bench.floors.idleNode(), count);
    return [
      {
        ...{ name: `memory of a JavaScript context, idle, ${count} live`, unit: 'MB', ...once(idle) },
        floor: { ...once(floor), name: `a bare idle node, ${count} live` },
        targets: [{ at: 'most', value: 1.3, of: 'ratio' }],
      },
    ];
  },
};
