import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type ExecutionEvent, parseSSEStream } from '@quicksand/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDataFolder } from './data-folder.ts';
import { findLeft, listDescendants } from './descendants.ts';

// examples/worker builds, and runs as its README says.

const folder = fileURLToPath(new URL('../../examples/worker', import.meta.url));
const wrangler = fileURLToPath(new URL('../../node_modules/wrangler/bin/wrangler.js', import.meta.url));
let scratch: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'quicksand-example-'));
  env = {
    ...process.env,
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_LOG_PATH: join(scratch, 'logs'),
    XDG_CONFIG_HOME: scratch,
    CI: '1',
  };
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

test('wrangler builds what it would deploy', { timeout: 60_000 }, async () => {
  const out = join(scratch, 'out');
  const args = ['deploy', '--dry-run', '--containers-rollout=none', '--outdir', out];
  const child = spawn(process.execPath, [wrangler, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = readAll(child);
  expect((await once(child, 'exit'))[0], await said).toBe(0);
  expect(await readdir(out)).toContain('index.js');
  expect(await readFile(join(out, 'index.js'), 'utf8')).toContain('QUICKSAND_URL');
});

test('npm run dev serves the page, and its stream is live', { timeout: 60_000 }, async () => {
  await using data = await openDataFolder();
  const port = await findPort();
  const args = ['dev.mjs', '--ip', '127.0.0.1', '--port', String(port), '--persist-to', join(scratch, 'state')];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...env, QUICKSAND_HOME: data.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = readAll(child);
  const exited = once(child, 'exit');
  const ready = untilLine(child, `Ready on http://127.0.0.1:${port}`);
  await Promise.race([ready, exited.then(async () => Promise.reject(new Error(await said)))]);
  const url = `http://127.0.0.1:${port}`;
  expect(await (await fetch(url)).text()).toContain('/page.js');
  expect(await (await fetch(`${url}/page.js`)).text()).toContain('readEvents');
  const run = (code: string, headers = {}): Promise<Response> =>
    fetch(`${url}/run`, { method: 'POST', body: code, headers });
  const response = await run(`print('live')\nwhile True: pass`);
  const [, cookie = ''] = /^(sandbox=[\w-]{36}); HttpOnly/.exec(response.headers.get('Set-Cookie') ?? '') ?? [];
  // Its code ends when its reader leaves, who has seen what it wrote before.
  for await (const event of parseSSEStream<ExecutionEvent>(response.body as ReadableStream<Uint8Array>))
    if (event.text?.includes('live')) break;
  expect(await (await run(`print('next')`, { Cookie: cookie })).text()).toMatch(/"next.*"outcome":"ok"/s);
  const started = await listDescendants(child.pid ?? 0);
  expect(started.map(({ name }) => name)).toContain('workerd');
  child.kill('SIGTERM');
  await exited;
  expect(await findLeft(started)).toEqual([]);
});

async function readAll({ stdout, stderr }: ChildProcess): Promise<string> {
  const parts: string[] = [];
  await Promise.all(
    [stdout, stderr].map(async (stream) => {
      for await (const part of stream as Readable) parts.push(String(part));
    }),
  );
  return parts.join('');
}

async function untilLine({ stdout }: ChildProcess, text: string): Promise<void> {
  const lines = createInterface({ input: stdout as Readable });
  await new Promise<void>((resolve) => lines.on('line', (line) => line.includes(text) && resolve()));
}

/** A port that is free now; wrangler does not say which one it took. */
async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
