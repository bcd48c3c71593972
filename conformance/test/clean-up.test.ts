import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { openDataFolder } from './data-folder.ts';
import { findLeft, listDescendants } from './descendants.ts';
import { expectBackend } from './expect-backend.ts';
import { type Serve, openServe } from './open-serve.ts';
import { type Traces, readTraces } from './traces.ts';

// Nothing is left of a sandbox that has ended, however it ended: counted before and after.
// QUICKSAND_ROUNDS=200 npx vitest run conformance/test/clean-up.test.ts counts more rounds.

const rounds = Number(process.env['QUICKSAND_ROUNDS'] ?? 12);
const together = 4;
/** What the memory of the host may grow by in all rounds, in MiB: caches of its runtime fill up. */
const growthMiB = 40 + rounds * 0.2;

let folder: Awaited<ReturnType<typeof openDataFolder>>;
let serve: Serve;

beforeAll(async () => {
  folder = await openDataFolder();
  // Without a pool, whose blank sandboxes would come and go in between.
  serve = await openServe(folder.path, { args: ['--pool', '0'] });
  await expectBackend(serve.client);
});
afterAll(async () => {
  await serve?.end();
  await folder?.[Symbol.asyncDispose]();
});

const busy = `import os, subprocess, tempfile
subprocess.Popen(['setsid', 'sleep', '600'])
if os.fork() == 0:
    os.setsid()
    if os.fork(): os._exit(0)
    import time; time.sleep(600)
open('/workspace/file', 'w').write('x' * 100_000)
tempfile.mkdtemp()
print('full')`;

/** A sandbox with an execution, a second context, a command, a process and files, as a name that ends in one way or another. */
async function useAndEnd(name: string, how: 'destroy' | 'sleep' | 'crash'): Promise<void> {
  const box = new Box(serve.client, name);
  expect((await box.run(busy)).stdout).toBe('full\n');
  await box.createContext();
  await serve.client.call('startProcess', { sandboxId: name }, { command: 'sleep 600' });
  const command = await serve.client.send('POST', `${box.path}/commands`, {
    body: { command: 'echo begun; sleep 600' },
  });
  const reader = command.body?.getReader();
  await reader?.read();
  if (how === 'sleep') await serve.client.send('POST', `${box.path}/sleep`);
  if (how === 'crash') await box.run('import os, signal\nfor pid in -1, os.getpid(): os.kill(pid, signal.SIGKILL)');
  await box.destroy();
  await reader?.cancel().catch(() => {});
}

const memoryMiB = (): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${serve.pid}/status`, 'latin1'))?.[1]) / 1024;

/** The same once what ends in its own time has ended: connections of clients, a discarded loop device. */
async function settle(expected: Traces): Promise<Traces> {
  for (const deadline = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const now = await readTraces(serve.pid, folder.path);
    const isSettled = now.descriptors <= expected.descriptors && now.loopDevices.length === expected.loopDevices.length;
    if (isSettled || Date.now() > deadline) return now;
  }
}

async function runRounds(count: number): Promise<void> {
  const ends = ['destroy', 'sleep', 'crash'] as const;
  for (let round = 0; round < count; round += together) {
    const names = Array.from({ length: Math.min(together, count - round) }, (_, n) => round + n);
    await Promise.all(names.map((n) => useAndEnd(`round-${n}`, ends[n % ends.length] ?? 'destroy')));
  }
}

test(`${rounds} sandboxes that were used and ended leave nothing`, { timeout: 60_000 + rounds * 5000 }, async () => {
  // The first ones open connections and load what the host loads late.
  await runRounds(8);
  const before = await readTraces(serve.pid, folder.path);
  const memory = memoryMiB();
  await runRounds(rounds);
  const after = await settle(before);
  expect({ ...after, descriptors: 0 }).toEqual({ ...before, descriptors: 0 });
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + together);
  expect(before.mounts).toEqual([]);
  expect(memoryMiB() - memory).toBeLessThan(growthMiB);
});

test.for(['SIGTERM', 'SIGKILL'] as const)(
  'a host that ends by %s, and a new one, leave nothing but the files of its sandboxes',
  { timeout: 60_000 },
  async (signal) => {
    const box = new Box(serve.client, `kept-${signal}`);
    expect((await box.run(busy)).stdout).toBe('full\n');
    const { pid } = serve;
    const running = await listDescendants(pid);
    expect(running.length).toBeGreaterThan(4);
    await serve.end(signal);
    serve = await openServe(folder.path, { args: ['--pool', '0'] });
    expect(await findLeft(running, 10_000)).toEqual([]);
    const left = await readTraces(pid, folder.path);
    const kept = left.dataFiles.filter((path) => path.includes(box.id));
    expect(left).toMatchObject({ processes: 0, groups: [], runFiles: [], mounts: [], loopDevices: [], descriptors: 0 });
    expect(kept.length).toBeGreaterThan(0);
    const again = new Box(serve.client, box.id);
    expect((await again.run(`print(len(open('file').read()))`)).stdout).toBe('100000\n');
    await again.destroy();
    expect((await readTraces(serve.pid, folder.path)).dataFiles.filter((path) => path.includes(box.id))).toEqual([]);
  },
);
