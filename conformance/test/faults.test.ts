import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { getSandbox } from '@quicksand/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cut, openCuttingProxy } from '../faults/cutting-proxy.ts';
import { runResuming } from '../faults/resuming-run.ts';
import { SeededRandom } from '../faults/seeded-random.ts';
import { type SoakMemory, checkMemory, runSoakRound } from '../faults/soak-round.ts';
import { Tally } from '../faults/tally.ts';
import { Box } from '../src/box.ts';
import { Client } from '../src/client.ts';
import { openDataFolder } from './data-folder.ts';
import { createHttpFetcher } from './http-fetcher.ts';
import { type Serve, openServe } from './open-serve.ts';

// R3, R7 and R9 where connections break, and programs of the host die. `npm run soak` does the same for as long as one wants.

const seed = Number(process.env['QUICKSAND_SEED'] ?? Date.now() % 1_000_000);

/** Of all tests of this file. */
const tally = new Tally();

let folder: Awaited<ReturnType<typeof openDataFolder>>;
let serve: Serve;

beforeAll(async () => {
  process.stdout.write(`faults: seed ${seed} (QUICKSAND_SEED)\n`);
  folder = await openDataFolder();
  serve = await openServe(folder.path);
});
afterAll(async () => {
  process.stdout.write(`faults: ${tally.summary()}\n`);
  await serve?.end();
  await folder?.[Symbol.asyncDispose]();
});

/** Eight events, each in a frame of its own. */
const shown = `with open('/workspace/ran', 'a') as file: file.write('x')\nfor n in range(7): display(n)`;
const expected = ['0', '1', '2', '3', '4', '5', '6'];

/** At the end of each frame (a heartbeat opens the stream), inside each, in the head of the answer, and in the request. */
const cuts: Cut[] = [
  ...Array.from({ length: 9 }, (_, frames) => [0, 1, 5, 9, 30].map((bytes) => ({ after: { frames, bytes } }))).flat(),
  ...[0, 1, 20, 100, 200].map((bytes) => ({ after: { bytes } })),
].map(({ after }, n): Cut => ({ after, direction: 'answer', how: n % 2 === 0 ? 'reset' : 'end' }));
const requestCuts = [0, 1, 40, 100, 200, 300].map((bytes): Cut => ({
  after: { bytes },
  direction: 'request',
  how: 'reset',
}));

async function runCut(box: Box, cut: Cut, via: 'sdk' | 'protocol'): Promise<(string | undefined)[]> {
  let left: Cut | undefined = cut;
  let hits = 0;
  const plan = (): Cut | undefined => [left, (left = undefined)][0];
  await using proxy = await openCuttingProxy({ to: serve.url, plan, onCut: () => (hits++, true) });
  tally.fault(`connection cut in ${cut.direction}`);
  const { url } = proxy;
  const fetcher = createHttpFetcher(url);
  const way = new Box(new Client({ fetcher, token: serve.token, close: async () => {} }), box.id);
  const texts =
    via === 'sdk'
      ? (await getSandbox(url, box.id, { token: serve.token }).runCode(shown)).results.map(({ text }) => text)
      : (await runResuming(way, shown, {})).run.results.map(({ text }) => text);
  expect(hits, JSON.stringify(cut)).toBe(1);
  tally.execution('ok', texts.length + 1);
  return texts;
}

test.for(['sdk', 'protocol'] as const)(
  'a connection that is cut at the end of any frame, or inside, loses no event and runs nothing twice (%s)',
  { timeout: 60_000 },
  async (via) => {
    const all = [...cuts, ...requestCuts];
    const boxes = Array.from({ length: 6 }, (_, n) => new Box(serve.client, `cut-${via}-${n}`));
    await Promise.all(
      boxes.map(async (box, n) => {
        const own = all.filter((_, at) => at % boxes.length === n);
        for (const cut of own) expect(await runCut(box, cut, via), JSON.stringify(cut)).toEqual(expected);
        const run = await box.run(`len(open('/workspace/ran').read())`);
        expect(run.order).toEqual([`result ${own.length}`]);
        await box.destroy();
      }),
    );
  },
);

test('a stream whose connection is cut interrupts its code, and the context is of use at once', async () => {
  const box = new Box(serve.client, 'cut-stream');
  const cut: Cut = { after: { frames: 2, bytes: 3 }, direction: 'answer', how: 'reset' };
  await using proxy = await openCuttingProxy({ to: serve.url, plan: () => cut, onCut: () => true });
  const stream = await getSandbox(proxy.url, box.id, { token: serve.token }).runCodeStream(
    `kept = 1\nprint('begun')\nwhile True: pass`,
  );
  await expect(new Response(stream).text()).rejects.toThrow();
  expect((await box.run('kept', { timeout: 10_000 })).order).toEqual(['result 1']);
  await box.destroy();
});

test('a workspace that cannot be mounted is told, and the host goes on', { timeout: 60_000 }, async () => {
  const box = new Box(serve.client, 'unmounted');
  await box.run(`open('/workspace/file', 'w').write('kept')`);
  await serve.client.call('sleepSandbox', { sandboxId: box.id });
  const [own = ''] = await readdir(join(folder.path, 'mounts'));
  const point = join(folder.path, 'mounts', own, box.id);
  // It is in the way.
  await mkdir(point);
  tally.fault('workspace that cannot be mounted');
  await expect(box.run('1')).rejects.toMatchObject({
    code: 'sandbox_start_failed',
    message: expect.stringContaining('could not be mounted'),
  });
  await rmdir(point);
  expect((await box.run(`open('/workspace/file').read()`)).order).toEqual([`result 'kept'`]);
  await box.destroy();
});

test(
  'a host that is told to end tells every execution so, and the next one has the workspaces',
  { timeout: 60_000 },
  async () => {
    const box = new Box(serve.client, 'told');
    const { id: contextId } = await box.createContext();
    await box.run(`open('/workspace/file', 'w').write('kept')`);
    const code = `print('begun')\nwhile True: pass`;
    const streams = [await box.start(code), await box.start(code, { contextId })];
    for (const stream of streams) await stream.until('begun');
    streams.push(await box.start('1'));
    const runs = Promise.all(streams.map((stream) => stream.rest()));
    tally.fault('host SIGTERM');
    expect(await serve.end()).toEqual({ code: 0, signal: null });
    for (const run of await runs) {
      expect(run.error).toMatchObject({ ename: 'Quicksand.HostClosing', evalue: expect.stringContaining('lost') });
      expect(run.end).toMatchObject({ outcome: 'killed', state: 'lost' });
      tally.execution('killed', run.seen.length);
    }
    serve = await openServe(folder.path);
    const again = new Box(serve.client, 'told');
    expect((await again.run(`open('/workspace/file').read()`)).order).toEqual([`result 'kept'`]);
    await again.destroy();
  },
);

test(
  'random faults, and a host that ends in each way: no event is lost, nothing runs twice, nothing is left',
  { timeout: 120_000 },
  async () => {
    const random = new SeededRandom(seed);
    const memories: SoakMemory[] = [];
    for (const [number, end] of (['SIGTERM', 'SIGKILL'] as const).entries()) {
      const round = { number, dataFolder: folder.path, clients: 3, ms: 1200, end, random, tally };
      memories.push(...(await runSoakRound(round)));
    }
    await checkMemory(folder.path, memories, tally);
    expect(tally.problems).toEqual([]);
  },
);
