import { expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { Client } from '../src/client.ts';
import { listDescendants } from './descendants.ts';
import { createHttpFetcher } from './http-fetcher.ts';
import { openServedHost } from './open-host.ts';
import { measureGrowth } from './measure-growth.ts';
import { type RunningWorker, openWorker } from './open-worker.ts';

// R8 through a Worker: the object passes bodies on, and holds none of them.

const MB = 1_000_000;
/** What the runtime may take more while much passes through it: its buffers, and pages that it has not given back. */
const growth = 24 * MB;
const token = 'token';

async function findWorkerd(): Promise<number> {
  const [found, second] = (await listDescendants(process.pid)).filter(({ name }) => name === 'workerd');
  if (!found || second) throw new Error('not exactly one workerd runs');
  return found.pid;
}

function openBox(worker: RunningWorker, id: string): Box {
  return new Box(new Client({ fetcher: createHttpFetcher(worker.url), close: async () => {} }), id);
}

test('50 MB pass through with bounded memory, read at once or late', { timeout: 60_000 }, async () => {
  await using host = await openServedHost({ token });
  const variables = { QUICKSAND_URL: host.url, QUICKSAND_TOKEN: token };
  await using worker = await openWorker({ main: { file: './gateway.ts' }, variables });
  const pid = await findWorkerd();
  const box = openBox(worker, 'much');
  await box.run(`print('x' * 5_000_000)`); // what the runtime needs once

  const atOnce = await measureGrowth(pid, async () => {
    const { stdout, end } = await box.run(`for _ in range(50): print('x' * 999_999)`);
    expect(stdout.length).toBe(50 * MB);
    expect(end.outcome).toBe('ok');
  });
  expect(atOnce).toBeLessThan(growth);

  const late = await measureGrowth(pid, async () => {
    const { id: other } = await box.createContext();
    const stream = await box.start(
      `for n in range(100):\n    print('x' * 999_999)\n    open('/workspace/n', 'w').write(str(n))`,
    );
    // Until the code stands still, because nobody reads.
    const { stdout } = await box.run(
      `import os, time\nread = lambda: open('/workspace/n').read() if os.path.exists('/workspace/n') else ''\nlast, since = '', time.time()\nwhile not last or time.time() - since < 0.7:\n    now = read()\n    if now != last: last, since = now, time.time()\n    time.sleep(0.02)\nprint(last)`,
      { contextId: other },
    );
    // The sockets on the way hold about 25 MB.
    expect(Number(stdout)).toBeLessThan(60);
    expect((await stream.rest()).stdout.length).toBe(100 * MB);
  });
  expect(late).toBeLessThan(growth);
  await box.destroy();
});
