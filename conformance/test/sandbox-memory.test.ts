import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createHost } from '@quicksand/host';
import { getSandbox } from '@quicksand/sdk';
import { expect, test } from 'vitest';
import { openDataFolder } from './data-folder.ts';

// Of a sandbox that has ended a host keeps what can still be asked for (R7), which is little.

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function measureBuffers(): Promise<number> {
  await setImmediate();
  collect();
  return process.memoryUsage().arrayBuffers;
}

test('what was read of its kernels is not held', { timeout: 60_000 }, async () => {
  await using folder = await openDataFolder();
  await using host = await createHost({ dataFolder: folder.path, poolSize: 0 });
  const use = async (n: number): Promise<void> => {
    const sandbox = getSandbox(host, `used-${n}`);
    expect((await sandbox.runCode('print(1)')).logs.stdout.join('')).toBe('1\n');
    await sandbox.destroy();
  };
  const times = 8;
  await use(0);
  const before = await measureBuffers();
  for (let n = 1; n <= times; n++) await use(n);
  // Each has a buffer of 64 KiB for each of its two streams.
  expect(await measureBuffers()).toBeLessThan(before + (times / 2) * 2 * 65_536);
});
