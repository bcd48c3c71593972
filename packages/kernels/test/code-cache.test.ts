import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { javascriptKernelFolder as folder, makeCodeCache } from '../src/index.ts';
import { kernelFlags, withKernel } from './with-kernel.ts';

// What a kernel of JavaScript loads at its first execution was compiled before, by the same Node.

const mainScript = fileURLToPath(new URL('../javascript/src/main-script.ts', import.meta.url));
let scratch: string;
let cache: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'quicksand-code-cache-'));
  cache = join(scratch, 'main.cache');
  await makeCodeCache(cache, { node: process.execPath, flags: kernelFlags, folder });
});
afterAll(() => rm(scratch, { recursive: true }));

/** Whether V8 refuses a cache for the code of the kernel. */
async function isRejected(path: string): Promise<boolean> {
  const code = `
    import { readFileSync } from 'node:fs';
    import { readMainScript } from ${JSON.stringify(mainScript)};
    console.log(readMainScript(${JSON.stringify(folder)}, readFileSync(${JSON.stringify(path)})).cachedDataRejected);`;
  const args = [...kernelFlags, '--input-type=module', '--eval', code];
  return (await promisify(execFile)(process.execPath, args)).stdout === 'true\n';
}

async function runsWith(path: string): Promise<void> {
  await withKernel(async (kernel) => {
    kernel.send('execute', 1, { code: '1 + 1', envVars: {}, charts: true, marker: '0'.repeat(32) });
    const frames = await kernel.until('done');
    expect(frames.map(({ kind }) => kind)).toEqual(['result', 'done']);
    expect(Buffer.from(frames[0]?.payload ?? []).toString()).toBe('{"text":"2"}');
  }, path);
}

test('V8 takes it, and the kernel runs', async () => {
  expect(await isRejected(cache)).toBe(false);
  await runsWith(cache);
});

test('of another V8 it is refused, and the kernel compiles its code', async () => {
  const bytes = await readFile(cache);
  bytes.fill(0, 4, 8); // its version
  const other = join(scratch, 'other.cache');
  await writeFile(other, bytes);
  expect(await isRejected(other)).toBe(true);
  await runsWith(other);
});

test('a kernel that cannot be run says why', async () => {
  const parts = { node: process.execPath, flags: ['--no-such-flag'], folder };
  await expect(makeCodeCache(join(scratch, 'none'), parts)).rejects.toThrow('bad option: --no-such-flag');
  await expect(makeCodeCache(join(scratch, 'none'), { ...parts, node: '/no/node' })).rejects.toThrow('ENOENT');
});
