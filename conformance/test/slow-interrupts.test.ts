import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { listDescendants } from './descendants.ts';
import { type OwnServe, openOwnServe } from './open-own-serve.ts';

// Code that has no chance to be seen to stop within the two seconds of R10 has not refused to stop: it keeps its state.

let serve: OwnServe;
beforeAll(async () => {
  serve = await openOwnServe({ args: ['--pool', '0'] });
});
afterAll(() => serve?.[Symbol.asyncDispose]());

/** Of a group in version 2 of cgroups, and in version 1. */
const quotaFiles = ['cpu.max', 'cpu.cfs_quota_us'] as const;
const unlimited = /^(max|-1)/;

/** The quicksand groups that hold a process to a part of the processor. */
function findLimits(pid: number): string[] {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const [, controllers = '', path = ''] = line.split(':');
    if (controllers !== 'cpu' && controllers !== '') return [];
    const names = path.split('/');
    const own = names.findIndex((name) => name.startsWith('quicksand-'));
    const folders = names.map((_, at) => join('/sys/fs/cgroup', controllers, ...names.slice(0, at + 1)));
    return (own === -1 ? [] : folders.slice(own))
      .flatMap((folder) => quotaFiles.map((file) => join(folder, file)))
      .filter((file) => existsSync(file) && !unlimited.test(readFileSync(file, 'utf8')));
  });
}

/** The part of one processor that each sandbox of the host may have. */
async function share(part: number): Promise<void> {
  const files = (await listDescendants(serve.pid)).flatMap(({ pid }) => findLimits(pid));
  expect(files).not.toEqual([]);
  for (const file of new Set(files)) {
    const period = join(dirname(file), 'cpu.cfs_period_us');
    if (existsSync(period)) writeFileSync(period, String(periodUs));
    writeFileSync(file, existsSync(period) ? String(part * periodUs) : `${part * periodUs} ${periodUs}`);
  }
}

/** Linux counts a wait when it is over: there must be some. */
const periodUs = 100_000;

/** Longer than the grace, without which a kernel would be ended by now. */
const waitLonger = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3000));

test('JavaScript is stopped late, and keeps its variables', async () => {
  const box = new Box(serve.client, 'slow');
  const language = 'javascript';
  const stream = await box.start(`let kept = 1; console.log('on'); while (true);`, { language, timeout: 30_000 });
  await stream.until('on');
  await share(0.01);
  await box.cancel(stream.executionId);
  await waitLonger();
  await share(1);
  expect((await stream.rest()).end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
  expect((await box.run('kept', { language })).order).toEqual(['result 1']);
});

async function findFileAgents(): Promise<number[]> {
  const below = await listDescendants(serve.pid);
  const forks = below.filter(({ pid, parent }) => {
    return parent !== serve.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('quicksand_kernel.bare');
  });
  return forks.map(({ pid }) => pid);
}

test('code that has ended in time keeps its variables, however long it takes to find what it wrote', async () => {
  const box = new Box(serve.client, 'tracked');
  const stream = await box.start(`kept = 1\nprint('on')\nwhile True: pass`, { trackFiles: true, timeout: 30_000 });
  await stream.until('on');
  const agents = await findFileAgents();
  expect(agents).toHaveLength(1);
  for (const pid of agents) process.kill(pid, 'SIGSTOP');
  await box.cancel(stream.executionId);
  await waitLonger();
  for (const pid of agents) process.kill(pid, 'SIGCONT');
  expect((await stream.rest()).end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
  expect((await box.run('kept')).order).toEqual(['result 1']);
  await box.destroy();
});

test('code that is stopped before it has begun costs nothing that was there, however long it takes to see what the files are like', async () => {
  const box = new Box(serve.client, 'prepared');
  await box.run(`import subprocess\nchild = subprocess.Popen(['sleep', '600'])`, { trackFiles: true });
  const agents = await findFileAgents();
  expect(agents).toHaveLength(1);
  for (const pid of agents) process.kill(pid, 'SIGSTOP');
  const stream = await box.start(`print('never')`, { trackFiles: true });
  await box.cancel(stream.executionId);
  await waitLonger();
  for (const pid of agents) process.kill(pid, 'SIGCONT');
  const run = await stream.rest();
  expect(run.end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
  expect(run.stdout).toBe('');
  expect((await box.run('child.poll() is None')).order).toEqual(['result True']);
  await box.destroy();
});

test('a timeout counts from where the code begins, and not what is done before', async () => {
  const box = new Box(serve.client, 'prepared-late');
  await box.run('1', { trackFiles: true });
  const agents = await findFileAgents();
  expect(agents).toHaveLength(1);
  for (const pid of agents) process.kill(pid, 'SIGSTOP');
  const timeout = 2000;
  const stream = await box.start(`print('ran')`, { trackFiles: true, timeout });
  await waitLonger();
  for (const pid of agents) process.kill(pid, 'SIGCONT');
  expect((await stream.rest()).order).toEqual(['stdout ran\n']);
  await box.destroy();
});
