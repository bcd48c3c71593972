import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeRunFolder } from '../src/folders.ts';

const folders = fileURLToPath(new URL('../src/folders.ts', import.meta.url));

test('the run folder of a host that was killed is removed by the next one, that of a living one is not', async () => {
  const base = await mkdtemp(join(tmpdir(), 'quicksand-run-'));
  const program = `import { makeRunFolder } from ${JSON.stringify(folders)};
    process.stdout.write(await makeRunFolder(${JSON.stringify(base)}));
    process.kill(process.pid, 'SIGKILL');`;
  const options = ['--conditions=quicksand-source', '--input-type=module', '-e', program];
  let left = '';
  try {
    execFileSync(process.execPath, options, { encoding: 'utf8' });
  } catch (error) {
    left = (error as { stdout: string }).stdout;
  }
  const mine = await makeRunFolder(base);
  const second = await makeRunFolder(base);
  try {
    expect(left).toMatch(/quicksand/);
    expect(existsSync(left)).toBe(false);
    expect(existsSync(mine)).toBe(true);
    expect(dirname(left)).toBe(dirname(mine));
  } finally {
    for (const folder of [mine, second, base]) await rm(folder, { recursive: true, force: true });
  }
});
