import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the first program of README.md runs and prints what README.md says', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const program = /^```ts\n(.*?)^```$/ms.exec(readme)?.[1];
  const expected = /^```text\n(.*?)^```$/ms.exec(readme)?.[1];
  if (program === undefined || expected === undefined) throw new Error('README.md has no program with its output');
  // Inside the workspace, so that its imports are found.
  const folder = await mkdtemp(join(root, 'conformance/readme-'));
  try {
    await writeFile(join(folder, 'program.ts'), program);
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'program.ts')]);
    expect(stdout).toBe(expected);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
