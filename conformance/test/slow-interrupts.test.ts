import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { listDescendants } from './descendants.ts';
import { type OwnServe, openOwnServe } from './open-own-serve.ts';

// Code that has too little of the processor to stop within the two seconds of R10 has not refused to stop: it keeps its state.

let serve: OwnServe;
beforeAll(async () => {
  serve = await openOwnServe({ args: ['--pool', '0'] });
});
afterAll(() => serve?.[Symbol.asyncDispose]());

/** Of a group in version 2 of cgroups, and in version 1. */
const quotaFiles = ['cpu.max', 'cpu.cfs_quota_us'] as const;
const unlimited = /^(max|-1)/;

/** The groups that hold a process to a part of the processor. */
function findLimits(pid: number): string[] {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const [, controllers = '', path = ''] = line.split(':');
    if (controllers !== 'cpu' && controllers !== '') return [];
    const names = path.split('/').filter((name) => name !== '');
    const folders = names.map((_, at) => join('/sys/fs/cgroup', controllers, ...names.slice(0, at + 1)));
    return folders
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

test('JavaScript is stopped late, and keeps its variables', async () => {
  const box = new Box(serve.client, 'slow');
  const language = 'javascript';
  const stream = await box.start(`let kept = 1; console.log('on'); while (true);`, { language, timeout: 30_000 });
  await stream.until('on');
  await share(0.01);
  await box.cancel(stream.executionId);
  // Longer than the grace, without which it would be ended by now.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await share(1);
  expect((await stream.rest()).end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
  expect((await box.run('kept', { language })).order).toEqual(['result 1']);
});
