import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createHost } from '@quicksand/host';
import { getSandbox } from '@quicksand/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDataFolder } from './data-folder.ts';

// Of what has ended a host keeps what can still be asked for (R7), which is little: not what it was read with.

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function measureBuffers(): Promise<number> {
  await setImmediate();
  collect();
  return process.memoryUsage().arrayBuffers;
}

const times = 8;
/** Half of what all of them have: 64 KiB for each of two streams. */
const growthLimit = (times / 2) * 2 * 65_536;

let stack: AsyncDisposableStack;
let host: Awaited<ReturnType<typeof createHost>>;

beforeAll(async () => {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await openDataFolder());
  host = opening.use(await createHost({ dataFolder: folder.path, poolSize: 0 }));
  stack = opening.move();
});
afterAll(() => stack?.disposeAsync());

const uses: Readonly<Record<string, (n: number) => Promise<void>>> = {
  sandboxes: async (n) => {
    const sandbox = getSandbox(host, `used-${n}`);
    expect((await sandbox.runCode('print(1)')).logs.stdout.join('')).toBe('1\n');
    await sandbox.destroy();
  },
  commands: async () => {
    expect((await getSandbox(host, 'commands').exec('echo 1')).stdout).toBe('1\n');
  },
  processes: async () => {
    const process = await getSandbox(host, 'commands').startProcess('echo 1');
    expect((await process.waitForExit()).exitCode).toBe(0);
  },
};

test.each(Object.entries(uses))('%s that have ended hold no buffers', { timeout: 60_000 }, async (_, use) => {
  await use(0);
  const before = await measureBuffers();
  for (let n = 1; n <= times; n++) await use(n);
  expect((await measureBuffers()) - before).toBeLessThan(growthLimit);
});
