import { mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openZygoteKeeper } from '../src/zygote-keeper.ts';

const ready = JSON.stringify({
  event: 'ready',
  pid: 1,
  python: '3',
  packages: {},
  packageFolders: [],
  seccompFilter: '',
});

test.each(['begins', 'takes away the keeper'])(
  'a zygote that loads in the place of another is not waited for when the end %s',
  async (how) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'zygote-'));
    const python = join(folder.path, 'python');
    // The first one is ready, and ends with its input; the second one hears nothing.
    const script = `#!/bin/sh\nmkdir ${folder.path}/first || exec sleep 600\necho '${ready}'\nread line\n`;
    await writeFile(python, script, { mode: 0o755 });
    const options = { python, kernelFolder: '/nowhere', scratch: folder.path, env: { PATH: '/bin' }, log: () => {} };
    const [begun, hurry] = [new AbortController(), new AbortController()];
    const keeper = await openZygoteKeeper(options, { begun: begun.signal, hurry: hurry.signal });
    const first = await keeper.get();
    first.kill();
    await first.ended;
    const next = keeper.get();
    next.catch(() => {});
    if (how === 'begins') {
      begun.abort();
      await expect(next).rejects.toMatchObject({ code: 'host_closing' });
    }
    await keeper[Symbol.asyncDispose]();
    await expect(next).rejects.toMatchObject({ code: 'host_closing' });
  },
);

test('one that is ready ends what it has started first, unless the end hurries', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'zygote-'));
  const python = join(folder.path, 'python');
  const script = `#!/bin/sh\necho '${ready}'\nread line\n: > ${folder.path}/heard\nexec sleep 600\n`;
  await writeFile(python, script, { mode: 0o755 });
  const options = { python, kernelFolder: '/nowhere', scratch: folder.path, env: {}, log: () => {} };
  const [begun, hurry] = [new AbortController(), new AbortController()];
  const keeper = await openZygoteKeeper(options, { begun: begun.signal, hurry: hurry.signal });
  const zygote = await keeper.get();
  begun.abort();
  const closed = keeper[Symbol.asyncDispose]();
  await expect.poll(() => readdir(folder.path), { interval: 5 }).toContain('heard');
  hurry.abort();
  await closed;
  expect(zygote.hasEnded).toBe(true);
});
