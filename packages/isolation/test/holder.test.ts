import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type HolderOptions,
  type Launching,
  defaultLimits,
  holderPrograms,
  openHolder,
  openLauncher,
  writeEtcSkeleton,
} from '../src/index.ts';

// A holder whose sandbox cannot be completed.

let launcher: Launching;
let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
beforeAll(async () => {
  launcher = openLauncher('/usr/bin/python3');
  folder = await mkdtempDisposable(join(tmpdir(), 'holder-'));
  await chmod(folder.path, 0o711);
  await writeEtcSkeleton(join(folder.path, 'etc'));
  await mkdir(join(folder.path, 'workspace'));
});
afterAll(async () => {
  await launcher?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

const open = (changes: Partial<HolderOptions>) => {
  const [program] = holderPrograms;
  const etc = join(folder.path, 'etc');
  const policy = { etc, opt: etc, readOnly: [{ source: '/no/such', target: '/workspace/a' }], limits: defaultLimits };
  const workspace = Promise.resolve(join(folder.path, 'workspace'));
  // One instruction of BPF: every call is allowed.
  const seccompFilter = Buffer.from('060000000000ff7f', 'hex');
  const ids = { uid: 1_900_000_322, gid: 1_900_000_322 };
  return openHolder({
    ...{ launcher, policy, workspace, mounts: '/no/mounts', ...ids, cgroups: [], bubblewrap: '/usr/bin/bwrap' },
    ...{ program, seccompFilter, ...changes },
  });
};

test('says why, and ends, so that another one can be tried', async () => {
  const holder = await open({});
  await expect(holder.complete).rejects.toMatchObject({
    code: 'sandbox_start_failed',
    message: expect.stringContaining('/no/such'),
  });
  await holder.ended;
  expect(holder.isComplete).toBe(false);
});

test.for(holderPrograms)('says that it was ended, and not what $argv.0 said when it was there', async (program) => {
  const holder = await open({ program, workspace: new Promise(() => {}) });
  await expect.poll(() => readFileSync(`/proc/${holder.pid}/comm`, 'utf8')).toBe('sleep\n');
  process.kill(holder.pid, 'SIGKILL');
  await expect(holder.complete).rejects.toThrow('bubblewrap ended with 137');
});

test('says what its workspace says, also before bubblewrap runs, or where it never does', async () => {
  const unheard: unknown[] = [];
  const hear = (cause: unknown): void => void unheard.push(cause);
  process.on('unhandledRejection', hear);
  try {
    const holder = await open({ workspace: Promise.reject(new Error('no room')) });
    await expect(holder.complete).rejects.toThrow('no room');
    await holder.ended;
    await using none = openLauncher('/no/such/python');
    await expect(open({ launcher: none, workspace: Promise.reject(new Error('no room')) })).rejects.toThrow('launcher');
    expect(unheard).toEqual([]);
  } finally {
    process.off('unhandledRejection', hear);
  }
});
