import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtempDisposable, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type VolumeLimits,
  type WorkspaceVolumes,
  defaultVolumeLimits,
  openLauncher,
  openWorkspaceVolumes,
} from '../src/index.ts';
import { unmountPoint } from '../src/volumes/mount-image.ts';
import { parseMountPoints } from '../src/volumes/volume-format.ts';

// Real loop devices and mounts: run as root. They fail, and are not skipped, where nothing can be mounted (I5).

const MiB = 1024 * 1024;
const limits = { bytes: 32 * MiB, files: 500 };
const uid = 1_900_000_123;
let dataFolder: string;

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'quicksand-volumes-'));
});

afterEach(() => {
  expect(mountsOf(dataFolder)).toEqual([]);
  expect(spawnSync('losetup', ['-a']).stdout.toString()).not.toContain(dataFolder);
  rmSync(dataFolder, { recursive: true });
});

function mountsOf(folder: string): string[] {
  return parseMountPoints(readFileSync('/proc/self/mountinfo', 'utf8'), folder);
}

/** Runs Python as the sandbox's uid; what it printed. */
function runAs(cwd: string, code: string): string {
  // The temporary folder is the owner's alone: the program enters by the descriptor of its working folder.
  const enter = `import os,sys\nos.setgroups([]);os.setresgid(${uid},${uid},${uid});os.setresuid(${uid},${uid},${uid})\nexec(sys.argv[1])`;
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', enter, code], { cwd });
  return stdout.toString().trim() + stderr.toString().trim();
}

const fill = `
n = 0
f = open('big', 'wb', 0)
try:
    while True: n += f.write(b'x' * 65536)
except OSError as e: print(e.errno, n >> 20)
`;
const bomb = `
n = 0
try:
    while True:
        open(f'f{n}', 'w').close(); n += 1
except OSError as e: print(e.errno, n)
`;

test(
  'a mounter that ends while it mounts or unmounts leaves nothing mounted, and a workspace that can be opened',
  { timeout: 60_000 },
  async () => {
    await using launcher = openLauncher('/usr/bin/python3');
    await using volumes = await openWorkspaceVolumes(dataFolder, limits, launcher);
    const open = () => volumes.open({ name: 'hurt', uid, gid: uid });
    for (let turns = 0; turns < 20; turns++) {
      const opening = open();
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      launcher.kill();
      await opening.then(
        (volume) => volume.close(),
        () => {},
      );
      const volume = await open();
      const closing = volume.close();
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      launcher.kill();
      await closing;
      expect(mountsOf(dataFolder)).toEqual([volumes.folder]);
    }
  },
);

test('of two hosts that open a workspace at the same time both have the same one, and only one makes it', async () => {
  await using stack = new AsyncDisposableStack();
  const openHost = async (): Promise<WorkspaceVolumes> => {
    const launcher = stack.use(openLauncher('/usr/bin/python3'));
    return stack.use(await openWorkspaceVolumes(dataFolder, limits, launcher));
  };
  const hosts = [await openHost(), await openHost()];
  for (let turn = 0; turn < 10; turn++) {
    const opening = hosts.map((host) => host.open({ name: 'shared', uid, gid: uid }));
    const opened = (await Promise.allSettled(opening)).flatMap((each) =>
      each.status === 'fulfilled' ? [each.value] : [],
    );
    expect(opened).toHaveLength(turn === 0 ? 1 : 2);
    const devices = spawnSync('losetup', ['-a']).stdout.toString().split('\n');
    expect(devices.filter((line) => line.includes(dataFolder))).toHaveLength(1);
    for (const volume of opened) await volume.close();
  }
  // One that takes it for new still.
  const late = hosts[0]?.open({ name: 'shared', uid: uid + 1, gid: uid + 1 });
  await expect(late).rejects.toThrow('another host has just made it');
});

test('of one that could not be mounted nothing is left, and what another host removes meanwhile is in no list', async () => {
  await using launcher = openLauncher('/usr/bin/python3');
  let isBroken = false;
  await using volumes = await openWorkspaceVolumes(dataFolder, limits, {
    ...launcher,
    mount: (request) => (isBroken ? Promise.reject(new Error('broken')) : launcher.mount(request)),
  });
  isBroken = true;
  await expect(volumes.open({ name: 'never', uid, gid: uid })).rejects.toThrow('broken');
  expect(readdirSync(join(dataFolder, 'volumes'))).toEqual([]);
  symlinkSync('/no/such', join(dataFolder, 'volumes', 'gone.img'));
  expect(await volumes.list()).toEqual([]);
});

test('one that cannot be unmounted keeps no other mounted, and is tried once more at the end', async () => {
  await using launcher = openLauncher('/usr/bin/python3');
  const volumes = await openWorkspaceVolumes(dataFolder, limits, {
    ...launcher,
    unmount: (point) => (basename(point) === 'stuck' ? Promise.reject(new Error('stuck')) : launcher.unmount(point)),
  });
  for (const name of ['stuck', 'other']) await volumes.open({ name, uid, gid: uid });
  await volumes.close();
  expect(mountsOf(dataFolder)).toEqual([]);
});

describe.each([false, true])('openWorkspaceVolumes, with a launcher: %s', (withLauncher) => {
  const launcher = withLauncher ? openLauncher('/usr/bin/python3') : undefined;
  afterAll(() => launcher?.[Symbol.asyncDispose]());
  const openVolumes = (given?: VolumeLimits): Promise<WorkspaceVolumes> =>
    openWorkspaceVolumes(dataFolder, given, launcher);

  test('a workspace that is full says ENOSPC; its neighbour and the host are not touched; space that is freed comes back', async () => {
    await using volumes = await openVolumes(limits);
    await using volume = await volumes.open({ name: 'full', uid, gid: uid });
    await using neighbour = await volumes.open({ name: 'neighbour', uid, gid: uid });
    const free = statfsSync(neighbour.folder).bavail;
    const [errno, written] = runAs(volume.folder, fill).split(' ').map(Number);
    expect(errno).toBe(28);
    expect(written).toBeGreaterThanOrEqual(32);
    expect(written).toBeLessThan(36);
    expect(statfsSync(neighbour.folder).bavail).toBe(free);
    expect(runAs(neighbour.folder, 'open("a","w").write("hello"); print(open("a").read())')).toBe('hello');
    const image = join(dataFolder, 'volumes', 'full.img');
    spawnSync('sync', ['-f', volume.folder]);
    expect(statSync(image).blocks * 512).toBeGreaterThan(30 * MiB);
    expect(runAs(volume.folder, 'os.remove("big"); print(1)')).toBe('1');
    spawnSync('sync', ['-f', volume.folder]);
    // The kernel discards in its own time after the commit.
    await expect.poll(() => statSync(image).blocks * 512, { timeout: 15_000 }).toBeLessThan(10 * MiB);
  });

  test('a bomb of empty files is limited', async () => {
    await using volumes = await openVolumes(limits);
    await using volume = await volumes.open({ name: 'bomb', uid, gid: uid });
    const [errno, made] = runAs(volume.folder, bomb).split(' ').map(Number);
    expect(errno).toBe(28);
    expect(made).toBeGreaterThanOrEqual(500);
    expect(made).toBeLessThan(600);
  });

  test('it costs as little where a file system cannot say where a file has data', { timeout: 60_000 }, async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'volumes-'));
    expect(spawnSync('mount', ['-t', 'tmpfs', 'none', folder.path]).status).toBe(0);
    try {
      await using volumes = await openWorkspaceVolumes(folder.path, undefined, launcher);
      await using volume = await volumes.open({ name: 'small', uid, gid: uid });
      expect(runAs(volume.folder, 'open("a","w").write("hello"); print(open("a").read())')).toBe('hello');
      spawnSync('sync', ['-f', volume.folder]);
      expect(statSync(join(folder.path, 'volumes', 'small.img')).blocks * 512).toBeLessThan(MiB);
    } finally {
      spawnSync('umount', [folder.path]);
    }
  });

  test('several who unmount the same at once, while a file of it is open, all succeed', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'volumes-'));
    expect(spawnSync('mount', ['-t', 'tmpfs', 'none', folder.path]).status).toBe(0);
    const held = await open(join(folder.path, 'held'), 'w');
    try {
      const all = Array.from({ length: 8 }, () => unmountPoint(folder.path));
      expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(all.map(() => 'fulfilled'));
      expect(mountsOf(dirname(folder.path))).not.toContain(folder.path);
    } finally {
      await held.close();
      spawnSync('umount', [folder.path]);
    }
  });

  test('the default leaves 1 GiB and 100,000 files, and costs little until it is used', async () => {
    await using volumes = await openVolumes();
    await using volume = await volumes.open({ name: 'default', uid, gid: uid });
    const { bavail, bsize, ffree } = statfsSync(volume.folder);
    expect(bavail * bsize).toBeGreaterThanOrEqual(defaultVolumeLimits.bytes);
    expect(bavail * bsize).toBeLessThan(defaultVolumeLimits.bytes * 1.01);
    expect(ffree).toBeGreaterThanOrEqual(100_000);
    expect(ffree).toBeLessThan(101_000);
    expect(statSync(join(dataFolder, 'volumes', 'default.img')).blocks * 512).toBeLessThan(MiB);
  });

  test('files stay when a workspace is closed, opened again, renamed; and go when it is removed', async () => {
    await using volumes = await openVolumes(limits);
    const first = await volumes.open({ name: 'blank', uid, gid: uid });
    writeFileSync(join(first.folder, 'a'), 'kept');
    await volumes.rename('blank', 'named');
    await expect(volumes.rename('named', 'named')).rejects.toMatchObject({ code: 'EEXIST' });
    await first.close();
    expect(await volumes.has('blank')).toBe(false);
    const second = await volumes.open({ name: 'named', uid, gid: uid });
    expect(readFileSync(join(second.folder, 'a'), 'utf8')).toBe('kept');
    expect(statSync(second.folder).uid).toBe(uid);
    await second.close();
    await volumes.remove('named');
    expect(await volumes.has('named')).toBe(false);
  });

  test('a workspace that another host, or a program, still holds is the same one when it is opened again', async () => {
    await using volumes = await openVolumes(limits);
    const first = await volumes.open({ name: 'twice', uid, gid: uid });
    const holder = spawn('unshare', ['--mount', 'sh', '-c', 'echo ready; read line; echo from-the-old-one >b; cat a'], {
      cwd: first.folder,
    });
    await once(holder.stdout, 'data');
    await first.close();
    await using second = await volumes.open({ name: 'twice', uid, gid: uid });
    writeFileSync(join(second.folder, 'a'), 'from-the-new-one');
    const said = once(holder.stdout, 'data');
    holder.stdin.write('\n');
    expect(String((await said)[0])).toBe('from-the-new-one');
    expect(readFileSync(join(second.folder, 'b'), 'utf8')).toBe('from-the-old-one\n');
    await once(holder, 'exit');
  });

  test('what a killed host left mounted is unmounted by the next one, what it was making is removed, and its files are there', async () => {
    const entry = new URL('../src/index.ts', import.meta.url).href;
    const open = `const { openWorkspaceVolumes } = await import(${JSON.stringify(entry)});
      const volumes = await openWorkspaceVolumes(${JSON.stringify(dataFolder)}, { bytes: ${limits.bytes}, files: ${limits.files} });
      const { folder } = await volumes.open({ name: 'left', uid: ${uid}, gid: ${uid} });
      const { writeFileSync } = await import('node:fs');
      writeFileSync(folder + '/a', 'kept');
      const [images, own] = volumes.folder.split('/mounts/');
      for (const name of [own + '.template', own + '.1234', '.probe-' + own + '.img'])
        writeFileSync(images + '/volumes/' + name, '');
      process.kill(process.pid, 'SIGKILL');`;
    spawnSync(process.execPath, ['--conditions=quicksand-source', '--input-type=module', '-e', open]);
    const mounted = (): string[] => mountsOf(dataFolder).filter((point) => basename(point) === 'left');
    expect(mounted()).toHaveLength(1);
    await using volumes = await openVolumes(limits);
    expect(mounted()).toEqual([]);
    expect(readdirSync(join(dataFolder, 'volumes'))).toEqual(['left.img']);
    expect(mountsOf(dataFolder)).toEqual([volumes.folder]);
    await using volume = await volumes.open({ name: 'left', uid, gid: uid });
    expect(readFileSync(join(volume.folder, 'a'), 'utf8')).toBe('kept');
    expect(readdirSync(join(dataFolder, 'mounts'))).toHaveLength(1);
  });

  test('a workspace that is open cannot be opened again, and stays as it is', async () => {
    await using volumes = await openVolumes(limits);
    await using volume = await volumes.open({ name: 'once', uid, gid: uid });
    await expect(volumes.open({ name: 'once', uid, gid: uid })).rejects.toMatchObject({ code: 'sandbox_start_failed' });
    expect(runAs(volume.folder, 'open("a","w"); print(os.listdir())')).toBe("['a']");
  });

  test('refuses where it cannot mount, naming the part, and leaves nothing', async () => {
    await expect(openVolumes({ bytes: 1024, files: 2 ** 40 })).rejects.toMatchObject({
      code: 'backend_unavailable',
      details: { part: 'quota' },
    });
    expect(readdirSync(join(dataFolder, 'volumes'))).toEqual([]);
    expect(existsSync(join(dataFolder, 'mounts')) && readdirSync(join(dataFolder, 'mounts'))).toEqual([]);
  });
});
