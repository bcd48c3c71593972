import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describeConformance } from '../src/index.ts';
import { openDataFolder } from './data-folder.ts';
import { findLeft, listDescendants } from './descendants.ts';
import { createHttpFetcher } from './http-fetcher.ts';

const program = fileURLToPath(new URL('../../packages/cli/bin/quicksand.js', import.meta.url));

describeConformance('quicksand serve over HTTP', async () => {
  const folder = await openDataFolder();
  const child = spawn(process.execPath, [program, 'serve', '--port', '0'], {
    env: { ...process.env, QUICKSAND_HOME: folder.path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const { token, url } = await readAddress(child);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const started = await listDescendants(child.pid ?? 0);
    child.kill('SIGTERM');
    const [code, signal] = await exited;
    await folder[Symbol.asyncDispose]();
    const left = await findLeft(started);
    if (left.length > 0) throw new Error(`processes are left: ${left.join(', ')}`);
    if (code !== 0) throw new Error(`serve ended with ${signal ?? code}`);
  };
  return { fetcher: createHttpFetcher(url), token, close: () => (closing ??= close()) };
});

/** Reads the lines that `serve` prints when it is ready. */
async function readAddress(child: ChildProcess): Promise<{ token: string; url: string }> {
  let token: string | undefined;
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    token = /^token: (.+)$/.exec(line)?.[1] ?? token;
    const url = /^quicksand listening on (.+)$/.exec(line)?.[1];
    if (url !== undefined && token !== undefined) return { token, url };
  }
  throw new Error(`serve ended before it listened: ${child.exitCode ?? child.signalCode}`);
}
