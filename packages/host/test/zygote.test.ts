import { spawnSync } from 'node:child_process';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Zygote } from '../src/zygote.ts';

const kernelFolder = '/nowhere';

test('one that is killed while it says something has ended, and that is all', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'zygote-'));
  const python = join(folder.path, 'python');
  await writeFile(python, `#!/bin/sh\nprintf '{"event": "rea'\nkill -9 $$\n`, { mode: 0o755 });
  const zygote = new Zygote({ python, kernelFolder, scratch: folder.path, env: {}, log: () => {} });
  await expect(zygote.ready).rejects.toThrow('the zygote ended (SIGKILL)');
});

test('where the host itself can have no more descriptors, there is none, and the host goes on', () => {
  const entry = new URL('../src/zygote.ts', import.meta.url).href;
  const code = `import { openSync } from 'node:fs';
    const { Zygote } = await import(${JSON.stringify(entry)});
    try { for (;;) openSync('/dev/null'); } catch {}
    const zygote = new Zygote({ python: '/bin/true', kernelFolder: '/nowhere', scratch: '/tmp', env: {}, log() {} });
    await zygote.ready.catch((error) => console.log(error.message));
    await zygote[Symbol.asyncDispose]();
    console.log('done');`;
  const node = [process.execPath, '--conditions=quicksand-source', '--input-type=module', '-e', code];
  const { stdout } = spawnSync('/bin/sh', ['-c', 'ulimit -n 100; exec "$@"', 'sh', ...node], { encoding: 'utf8' });
  expect(stdout).toBe('the zygote ended (spawn /bin/true EMFILE)\ndone\n');
});
