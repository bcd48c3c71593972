import { mkdtempDisposable, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHostSlot } from '../src/host-slot.ts';

test('hosts have places of their own, by whatever name they know the data folder', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'quicksand-slot-'));
  const link = `${folder.path}/link`;
  await symlink(folder.path, link);
  await using first = await openHostSlot(folder.path);
  await using second = await openHostSlot(link);
  expect([first.number, second.number]).toEqual([0, 1]);
});
