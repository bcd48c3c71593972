import { chmod, mkdir, mkdtempDisposable, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Launching, type WeakPart, openLauncher } from '@quicksand/isolation';
import { afterAll, expect, test } from 'vitest';
import { toHostLimits } from '../src/host-limits.ts';
import { openWorkspaces } from '../src/open-workspaces.ts';
import { UidPool } from '../src/uid-pool.ts';
import { VolumeWorkspaces } from '../src/volume-workspaces.ts';
import type { Workspaces } from '../src/workspaces.ts';

// Real loop devices and mounts: run as root.

const limits = toHostLimits({ workspaceBytes: 32 * 1024 ** 2, workspaceFiles: 500 });
const launcher = openLauncher('/usr/bin/python3');
afterAll(() => launcher[Symbol.asyncDispose]());

const openFolder = () => mkdtempDisposable(join(tmpdir(), 'workspaces-'));

function openIn(dataFolder: string, allowWeak: readonly WeakPart[], slot = 0): Promise<Workspaces> {
  const reach = { to: async (folder: string) => folder, [Symbol.asyncDispose]: async () => {} };
  return openWorkspaces({ launcher, dataFolder, reach, allowWeak, limits, slot });
}

test('where sandboxes cannot reach the folder, nothing of what was opened is left', async () => {
  await using folder = await openFolder();
  await expect(openIn(folder.path, [])).rejects.toMatchObject({ code: 'backend_unavailable' });
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(folder.path);
});

const settings = [[[]], [['quota']]] as const;

test.each(settings)('where nothing can be kept, it says so: %j', async (allowWeak) => {
  const error = { code: 'backend_unavailable', message: expect.stringContaining('cannot be kept in /dev/null') };
  await expect(openIn('/dev/null', allowWeak)).rejects.toMatchObject(error);
});

test.each(settings)('a folder that is removed meanwhile is told, too: %j', async (allowWeak) => {
  await using folder = await openFolder();
  await chmod(folder.path, 0o711);
  await using workspaces = await openIn(folder.path, allowWeak);
  const blank = await workspaces.openBlank().opened;
  for (const kept of ['volumes', 'workspaces']) await rm(join(folder.path, kept), { recursive: true, force: true });
  await expect(blank.claim('x')).rejects.toMatchObject({ code: 'sandbox_start_failed' });
  await blank.discard();
});

test.each(settings)(
  'a blank one takes no place of a workspace that is there, of whatever kind: %j',
  async (allowWeak) => {
    await using folder = await openFolder();
    await chmod(folder.path, 0o711);
    await using workspaces = await openIn(folder.path, allowWeak);
    const [other, own] = [join(folder.path, 'workspaces/x'), join(folder.path, 'volumes/x.img')];
    await mkdir(join(folder.path, 'volumes'), { recursive: true });
    await (allowWeak.length === 0 ? mkdir(other, { recursive: true }) : writeFile(own, ''));
    const blank = await workspaces.openBlank().opened;
    await expect(blank.claim('x')).rejects.toThrow('the workspace of sandbox x was made');
    await blank.discard();
  },
);

test.each(settings)('of two hosts that make the same one only one does, whose files stay: %j', async (allowWeak) => {
  await using folder = await openFolder();
  await chmod(folder.path, 0o711);
  await using one = await openIn(folder.path, allowWeak);
  await using other = await openIn(folder.path, allowWeak, 1);
  const opening = await Promise.all([one, other].map((host) => host.open('x')));
  const opened = await Promise.allSettled(opening.map((each) => each.opened));
  const made = opened.find((each) => each.status === 'fulfilled')?.value;
  expect(opened.filter(({ status }) => status === 'rejected')).toMatchObject([
    { reason: { code: 'sandbox_start_failed' } },
  ]);
  const blank = await one.openBlank().opened;
  await expect(blank.claim('x')).rejects.toMatchObject({ code: 'sandbox_start_failed' });
  await writeFile(join(made?.folder ?? '', 'file'), '');
  await Promise.all([made?.close(), blank.discard()]);
  const kept = await one.open('x');
  expect((await stat((await kept.opened).folder)).uid).toBe(kept.uid);
  await (await kept.opened).close();
});

test('one that could not be made has no uid', async () => {
  await using folder = await openFolder();
  let isBroken = false;
  const broken: Launching = {
    ...launcher,
    mount: (request) => (isBroken ? Promise.reject(new Error('broken')) : launcher.mount(request)),
  };
  // Of these a host has one.
  const uids = new UidPool({ first: 1_900_000_000, count: 8 }, 0);
  const volumes = { bytes: limits.workspaceBytes, files: limits.workspaceFiles };
  await using workspaces = await VolumeWorkspaces.open(folder.path, {
    launcher: broken,
    uids,
    slot: 0,
    limits: volumes,
  });
  isBroken = true;
  await expect(workspaces.openBlank().opened).rejects.toThrow('broken');
  await expect((await workspaces.open('x')).opened).rejects.toThrow('broken');
  isBroken = false;
  const { opened } = await workspaces.open('x');
  await (await opened).close();
});
