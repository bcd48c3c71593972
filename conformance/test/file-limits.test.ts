import { type Host, createHost } from '@quicksand/host';
import { getSandbox } from '@quicksand/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDataFolder } from './data-folder.ts';

// Limits of files that are too large, or too slow, to be met over every target.

let folder: Awaited<ReturnType<typeof openDataFolder>>;
let host: Host;
beforeAll(async () => {
  folder = await openDataFolder();
  const limits = { fileIdleMs: 300, workspaceBytes: 16 * 1024 ** 2, workspaceFiles: 40 };
  host = await createHost({ dataFolder: folder.path, poolSize: 0, limits });
});
afterAll(async () => {
  await host?.close();
  await folder?.[Symbol.asyncDispose]();
});

test('an upload that stands still is given up, and the file stays as it was', async () => {
  const sandbox = getSandbox(host, 'slow');
  await sandbox.writeFile('kept', 'old');
  const endless = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  await expect(sandbox.writeFile('kept', endless)).rejects.toMatchObject({ code: 'transfer_stalled' });
  expect((await sandbox.readFile('kept')).content).toBe('old');
});

test('a download that nobody reads is given up', async () => {
  const sandbox = getSandbox(host, 'unread');
  await sandbox.writeFile('much', 'x'.repeat(8 * 1024 ** 2));
  const { content } = await sandbox.readFile('much', { encoding: 'none' });
  // As long as the process has the file open, it is being given out.
  const wait = `
import glob, os, time
def opened(path):
    try: return os.readlink(path) == '/workspace/much'
    except OSError: return False
while any(map(opened, glob.glob('/proc/[0-9]*/fd/*'))): time.sleep(0.05)`;
  expect((await sandbox.runCode(wait, { timeout: 10_000 })).outcome).toBe('ok');
  await expect(new Response(content).text()).rejects.toMatchObject({ code: 'transfer_stalled' });
});

test('a workspace has its bytes and its number of files, and says when they are used up', async () => {
  const sandbox = getSandbox(host, 'full');
  const names = Array.from({ length: 120 }, (_, n) => `f${n}`);
  const made = await Promise.allSettled(names.map((name) => sandbox.writeFile(name, '')));
  const refused = made.filter((result) => result.status === 'rejected');
  expect(refused.length).toBeGreaterThan(50);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'disk_full', status: 507 });
  await Promise.allSettled(names.slice(0, 20).map((name) => sandbox.deleteFile(name)));
  await expect(sandbox.writeFile('large', 'x'.repeat(32 * 1024 ** 2))).rejects.toMatchObject({ code: 'disk_full' });
  await sandbox.writeFile('small', 'fits');
});
