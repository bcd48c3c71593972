import { createHost } from '@quicksand/host';
import { expect, test } from 'vitest';
import { openDataFolder } from './data-folder.ts';
import { findLeft, listDescendants } from './descendants.ts';

test('a start that is given up in its last moment gives no host, and leaves nothing', async () => {
  await using folder = await openDataFolder();
  const [abort, reason] = [new AbortController(), new Error('given up')];
  const before = new Set((await listDescendants(process.pid)).map(({ pid }) => pid));
  const starting = createHost({
    dataFolder: folder.path,
    preload: [],
    poolSize: 1,
    signal: abort.signal,
    // Of all options the last that is read: everything has started.
    get token() {
      abort.abort(reason);
      return 'secret';
    },
  });
  await expect(starting).rejects.toBe(reason);
  const after = (await listDescendants(process.pid)).filter(({ pid }) => !before.has(pid));
  expect(await findLeft(after)).toEqual([]);
});
