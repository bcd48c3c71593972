import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { openDataFolder } from './data-folder.ts';

// Of what has ended a host keeps what can still be asked for (R7), which is little: not what it was read with.

/** Each has 64 KiB for each of its two streams. */
const readWith = 2 * 65_536;

test('sandboxes, commands and processes that have ended hold no buffers', { timeout: 60_000 }, async () => {
  await using folder = await openDataFolder();
  const program = fileURLToPath(new URL('fixtures/held-buffers.ts', import.meta.url));
  const flags = ['--conditions=quicksand-source', '--expose-gc'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, folder.path]);
  const held = stdout.match(/[-\d.]+(?=\n)/g)?.map(Number) ?? [];
  expect(held).toHaveLength(3);
  for (const bytes of held) expect(bytes, stdout).toBeLessThan(readWith / 2);
});
