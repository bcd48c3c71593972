import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { openShellGate, startCommand, waitAtShellGate } from '../src/command-run.ts';
import { openDataFolder } from './data-folder.ts';
import { findLeft, listDescendants, listInside } from './descendants.ts';
import { type ZygoteModule, findZygotes } from './find-zygotes.ts';
import { type OwnServe, openOwnServe } from './open-own-serve.ts';
import { openServe } from './open-serve.ts';

// The zygote is killed: kernels that it started live on, and the next one is started by another zygote.

let serve: OwnServe;

beforeAll(async () => {
  serve = await openOwnServe();
});
afterAll(() => serve?.[Symbol.asyncDispose]());

/** Kills a zygote; settles when another one is there. */
async function killZygote(module: ZygoteModule = 'zygote'): Promise<void> {
  const [zygote, second] = await findZygotes(serve.pid, module);
  if (!zygote || second) throw new Error('not exactly one zygote');
  process.kill(zygote.pid, 'SIGKILL');
  for (
    let now = await findZygotes(serve.pid, module);
    now.length !== 1 || now[0]?.pid === zygote.pid;
    now = await findZygotes(serve.pid, module)
  )
    await setTimeout(10);
}

test(
  'running code runs on, its context keeps its variables, and other contexts are made',
  { timeout: 30_000 },
  async () => {
    const box = new Box(serve.client, 'lives-on');
    await box.run('kept = 1');
    const stream = await box.start(`import time\nfor i in range(40):\n    print(i)\n    time.sleep(0.02)`);
    await stream.next();
    await killZygote();
    expect((await box.run('1', { contextId: (await box.createContext()).id })).order).toEqual(['result 1']);
    expect((await stream.rest()).stdout).toBe(Array.from({ length: 40 }, (_, i) => `${i}\n`).join(''));
    expect((await box.run('kept')).end).toMatchObject({ outcome: 'ok', execution_count: 3 });
    const { id } = (await box.contexts())[0] ?? {};
    expect((await box.getContext(id ?? '')).restarts).toBe(0);
  },
);

const stops: Readonly<Record<string, readonly [string, object]>> = {
  'a busy loop': ['while True: pass', { outcome: 'timeout', state: 'kept' }],
  'a child': [`import subprocess\nsubprocess.run(['sleep', '600'])`, { outcome: 'timeout', state: 'kept' }],
  'code that ignores an interrupt': [
    `while True:\n    try:\n        n = 0\n        while True: n += 1\n    except KeyboardInterrupt: pass`,
    { outcome: 'timeout', state: 'lost' },
  ],
};

const deaths: Readonly<Record<string, readonly [string, unknown]>> = {
  'os._exit': ['import os\nos._exit(3)', expect.stringMatching(/^Quicksand\.Kernel(Exited|Killed)$/)],
  'a segmentation fault': ['import ctypes\nctypes.string_at(0)', 'Quicksand.KernelKilled'],
  'too much memory': ['b = bytearray(3 * 1024 ** 3)', 'Quicksand.OutOfMemory'],
};

test('kernels without their zygote are interrupted, end and are told as others are', { timeout: 30_000 }, async () => {
  const box = new Box(serve.client, 'orphans');
  const open = async (name: string) => [name, (await box.createContext()).id] as const;
  const stopped = await Promise.all(Object.keys(stops).map(open));
  const dying = await Promise.all(Object.keys(deaths).map(open));
  await killZygote();
  await Promise.all([
    ...stopped.map(async ([name, contextId]) => {
      const [code, end] = stops[name] ?? ['', {}];
      expect((await box.run(code, { contextId, timeout: 300 })).end, name).toMatchObject(end);
    }),
    ...dying.map(async ([name, contextId]) => {
      const [code, ename] = deaths[name] ?? ['', {}];
      const run = await box.run(`print('before')\n${code}`, { contextId });
      expect(run.stdout, name).toBe('before\n');
      expect(run.error.ename, name).toEqual(ename);
      expect(run.end, name).toMatchObject({ outcome: 'killed', state: 'lost' });
    }),
  ]);
  for (const [, contextId] of [...stopped, ...dying])
    expect((await box.run('1 + 1', { contextId })).order).toEqual(['result 2']);
});

test('nothing is left of a sandbox whose kernels had lost their zygote', { timeout: 30_000 }, async () => {
  const box = new Box(serve.client, 'nothing-left');
  const { stdout } = await box.run(
    `import os, subprocess\nchild = subprocess.Popen(['sleep', '600'])\nprint(os.readlink('/proc/self/ns/pid'))`,
  );
  const inside = await listInside(stdout.trim());
  const names = inside.map(({ name }) => name).toSorted();
  expect(names).toEqual(['bwrap', expect.stringMatching(/^python/), 'sleep', 'sleep']);
  await killZygote();
  await box.destroy();
  expect(await findLeft(inside)).toEqual([]);
});

test('programs live on without the bare zygote, and others are started', { timeout: 30_000 }, async () => {
  const box = new Box(serve.client, 'bare');
  const { id: contextId } = await box.createContext({ language: 'javascript' });
  await box.run('let kept = 1', { contextId });
  const command = await startCommand(serve.client, box, `echo before; ${waitAtShellGate}; echo after`);
  await command.until('before');
  await killZygote('bare');
  await openShellGate(serve.client, box);
  expect((await command.rest()).stdout).toBe('before\nafter\n');
  const other = await box.createContext({ language: 'javascript' });
  expect((await box.run('1 + 1', { contextId: other.id })).order).toEqual(['result 2']);
  expect((await box.run('kept', { contextId })).order).toEqual(['result 1']);
  const looped = await box.run('while (true);', { contextId, timeout: 300 });
  expect(looped.end).toMatchObject({ outcome: 'timeout', state: 'kept' });
  const died = await box.run(`process.kill(process.pid, 'SIGKILL')`, { contextId });
  expect(died.error.ename).toBe('Quicksand.KernelKilled');
});

test('a zygote that dies while it starts kernels costs time, and no context', { timeout: 30_000 }, async () => {
  const box = new Box(serve.client, 'in-flight');
  await box.run('1');
  const made = Promise.all(Array.from({ length: 12 }, () => box.createContext()));
  await killZygote();
  const ids = (await made).map(({ id }) => id);
  const runs = await Promise.all(ids.map((contextId) => box.run('1 + 1', { contextId })));
  expect(runs.map(({ order }) => order)).toEqual(ids.map(() => ['result 2']));
});

test(
  'neither a zygote nor a launcher that hangs, while a blank sandbox is made, keeps a host from ending',
  { timeout: 60_000 },
  async () => {
    await using own = await openDataFolder();
    const host = await openServe(own.path);
    const { stdout } = await new Box(host.client, 'hangs').run(`import os\nprint(os.readlink('/proc/self/ns/pid'))`);
    // The first is the code's now, the second waits, and the third is begun once the second is complete.
    const [mounts = ''] = await readdir(join(own.path, 'mounts'));
    while ((await readdir(join(own.path, 'mounts', mounts))).length < 3) await setTimeout(1);
    const started = [...(await listDescendants(host.pid)), ...(await listInside(stdout.trim()))];
    await stopStarters(host.pid);
    await host.end();
    expect(await findLeft(started, 5000)).toEqual([]);
  },
);

/** Stops, and does not end, all that starts something for a host. */
async function stopStarters(host: number): Promise<void> {
  // A fork of it is called the same until it is another program.
  const launchers = (await listDescendants(host)).filter(({ name, parent }) => name === 'launcher' && parent === host);
  const zygotes = [...(await findZygotes(host, 'zygote')), ...(await findZygotes(host, 'bare'))];
  const pids = [...launchers, ...zygotes].map(({ pid }) => pid);
  expect(pids).toHaveLength(3);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
}
