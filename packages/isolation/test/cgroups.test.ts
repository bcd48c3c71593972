import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type CgroupTree,
  currentTicks,
  defaultGroupLimits,
  defaultLimits,
  openCgroups,
  holderPrograms,
  openHolder,
  openLauncher,
  readCgroupLayout,
  removeStaleGroups,
  writeEtcSkeleton,
} from '../src/index.ts';
import type { ControlGroup, SandboxGroup } from '../src/index.ts';
import type { CgroupLayout } from '../src/cgroups/cgroup-layout.ts';
import { createGroupName, readOwnIdentity } from '../src/cgroups/group-name.ts';
import { type Inside, runInside } from './run-inside.ts';

// Real groups of this machine: run as root. They fail, and are not skipped, where limits cannot be set (I5).

const MiB = 1024 * 1024;
const limits = {
  ...defaultGroupLimits,
  memoryBytes: 192 * MiB,
  contextMemoryBytes: 96 * MiB,
  pids: 40,
  contextPids: 20,
};
const trees: CgroupTree[] = [];

async function openSandbox(): Promise<SandboxGroup> {
  const tree = await openCgroups();
  trees.push(tree);
  return tree.openSandbox('cgroup.procs', limits);
}

/** CAP_SYS_RESOURCE, number 24. */
function mayLowerOomScore(): boolean {
  const effective = /^CapEff:\s+(\w+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> 24n) & 1n) === 1n;
}

/** Version 2 can since Linux 6.12. */
function mayResetPeak(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return readCgroupLayout().version === 1 || major > 6 || (major === 6 && minor >= 12);
}

async function openContext(): Promise<ControlGroup> {
  return (await openSandbox()).openContext('one');
}

afterEach(async () => {
  for (const tree of trees.splice(0)) expect(await tree.close()).toBe(true);
});

/** Ignores SIGTERM, leaves its process group and its parent, and stops itself. */
const fugitives = `
import signal, time
def fugitive(stop):
    if os.fork() == 0:
        os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            os.write(1, b'%d\\n' % os.getpid())
            if stop: os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(1000)
        os._exit(0)
    os.wait()
fugitive(False); fugitive(True)
`;

describe('limits', () => {
  test('a process bomb is limited and counted; the sandbox next to it can fork', async () => {
    const sandbox = await openSandbox();
    const group = sandbox.openContext('bomb');
    const before = group.pidsRefused;
    const bomb = runInside(
      group.entryFiles,
      'import time\nn=0\ntry:\n  while True:\n    if os.fork()==0: time.sleep(1000)\n    n+=1\nexcept OSError as e: print(n, e.errno)\ntime.sleep(1000)',
    );
    expect(await bomb.line()).toBe('19 11');
    expect(group.pidsRefused - before).toBe(1);
    expect(group.pids()).toHaveLength(20);
    const neighbour = sandbox.openContext('neighbour');
    const calm = runInside(neighbour.entryFiles, 'import subprocess\nprint(subprocess.call(["true"]))');
    expect(await calm.line()).toBe('0');
    expect([neighbour.oomKills, neighbour.pidsRefused]).toEqual([0, 0]);
    expect(await group.killAll()).toBe(true);
  });

  test('a fork bomb that forks from every child ends', async () => {
    const group = await openContext();
    const bomb = runInside(group.entryFiles, 'print(1)\nwhile True:\n  try: os.fork()\n  except OSError: pass');
    expect(await bomb.line()).toBe('1');
    expect(await group.killAll()).toBe(true);
    expect(group.pids()).toEqual([]);
    expect(await bomb.ended).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('a memory hog is ended and counted; its parent and the neighbouring context live', async () => {
    const sandbox = await openSandbox();
    const [group, neighbour] = [sandbox.openContext('hog'), sandbox.openContext('neighbour')];
    const calm = runInside(neighbour.entryFiles, 'b=b"x"*(50<<20)\nprint(1)\nprint(len(input()))');
    expect(await calm.line()).toBe('1');
    const hog = runInside(
      group.entryFiles,
      'import subprocess\nprint(subprocess.call([sys.executable,"-c","b=[]\\nwhile 1: b.append(bytearray(b\'x\'*1000000))"]))\nprint(1)\nb=b"x"*(200<<20)',
    );
    expect(await hog.line()).toBe('-9');
    expect(group.oomKills).toBe(1);
    expect(await hog.line()).toBe('1');
    expect(await hog.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(group.oomKills).toBe(2);
    expect(group.usage().peakMemoryBytes).toBeGreaterThan(90 * MiB);
    expect(neighbour.oomKills).toBe(0);
    calm.child.stdin?.end('abc\n');
    expect(await calm.line()).toBe('3');
  });

  test('contexts that together exceed the sandbox lose their largest process, and the holder lives', async () => {
    const sandbox = await openSandbox();
    const maySpare = mayLowerOomScore();
    // Memory is charged to the group in which it is first touched: the holder takes its own inside.
    const holder = runInside(
      sandbox.holder.entryFiles,
      `${maySpare ? 'open("/proc/self/oom_score_adj","w").write("-1000")' : ''}\nb=b"x"*(${maySpare ? 82 : 1}<<20)\nprint(1)\nprint(len(input()))`,
    );
    expect(await holder.line()).toBe('1');
    expect(sandbox.holder.pids()).toEqual([holder.pid]);
    const hold = (key: string, size: number): Inside =>
      runInside(sandbox.openContext(key).entryFiles, `b=b"x"*(${size}<<20)\nprint(1)\ninput()`);
    const small = hold('small', maySpare ? 10 : 60);
    expect(await small.line()).toBe('1');
    const large = hold('large', 80);
    expect(await large.line()).toBe('1');
    const last = hold('last', maySpare ? 50 : 75);
    expect(await last.line()).toBe('1');
    expect((await large.ended).signal).toBe('SIGKILL');
    expect(small.child.exitCode).toBe(null);
    holder.child.stdin?.end('abc\n');
    expect(await holder.line()).toBe('3');
  });

  test('cpu time is measured and limited to one core', async () => {
    const sandbox = await openSandbox();
    const group = sandbox.openContext('busy');
    const busy = runInside(
      group.entryFiles,
      'import time\nprint(1)\nos.fork()\nend=time.monotonic()+1\nwhile time.monotonic()<end: pass\nprint(2)\nos._exit(0)',
    );
    await busy.line();
    const before = group.usage().cpuMs;
    await busy.line();
    await busy.line();
    const used = group.usage().cpuMs - before;
    expect(used).toBeGreaterThan(300);
    expect(used).toBeLessThan(1200);
    expect(sandbox.whole.usage().cpuMs).toBeGreaterThanOrEqual(used);
  });

  test('the peak of memory starts anew when asked', async () => {
    const group = await openContext();
    const program = runInside(group.entryFiles, 'b=b"x"*(60<<20)\ndel b\nprint(1)\ninput()');
    await program.line();
    expect(group.usage().peakMemoryBytes).toBeGreaterThan(60 * MiB);
    const resets = mayResetPeak();
    expect(group.resetPeak()).toBe(resets);
    if (resets) expect(group.usage().peakMemoryBytes).toBeLessThan(40 * MiB);
    else expect(group.usage().peakMemoryBytes).toBeGreaterThan(60 * MiB);
  });
});

/** The code of v2 on the unified hierarchy of this machine, which may have no controllers: kill, pids, cpu time and removal are real. */
function toUnifiedLayout() {
  const { unified } = readCgroupLayout();
  return { version: 2, hierarchies: {}, unified } as const;
}

const layouts: [string, () => CgroupLayout][] = [
  ['this machine', readCgroupLayout],
  ['unified only', toUnifiedLayout],
];

describe.each(layouts)('ending processes: %s', (_, toLayout) => {
  async function openOne(): Promise<ControlGroup> {
    const tree = await openCgroups({ layout: toLayout(), allowWeak: ['cgroups'] });
    trees.push(tree);
    return (await tree.openSandbox('s', limits)).openContext('one');
  }

  test('killAll takes children that left the session, were adopted, ignore signals or are stopped', async () => {
    const group = await openOne();
    const program = runInside(group.entryFiles, `${fugitives}\ntime.sleep(1000)`);
    const pids = [Number(await program.line()), Number(await program.line())];
    expect(group.pids()).toEqual(expect.arrayContaining([program.pid, ...pids]));
    expect(await group.killAll([program.pid])).toBe(true);
    expect(group.pids()).toEqual([program.pid]);
    expect(group.usage().cpuMs).toBeGreaterThan(0);
    expect(await group.killAll()).toBe(true);
    expect((await program.ended).signal).toBe('SIGKILL');
  });

  test('only what started after a moment is ended', async () => {
    const group = await openOne();
    const program = runInside(group.entryFiles, `${fugitives}\ninput()\nfugitive(False)\ntime.sleep(1000)`);
    const old = [Number(await program.line()), Number(await program.line())];
    await new Promise((resolve) => setTimeout(resolve, 30)); // the clock of starts has steps of 10 ms
    const ticks = currentTicks();
    program.child.stdin?.write('\n');
    const young = Number(await program.line());
    // Its parent, which is as young, may not have ended yet.
    expect(group.startedSince(ticks)).toContain(young);
    expect(old.filter((pid) => group.startedSince(ticks).includes(pid))).toEqual([]);
    group.signalStartedSince(ticks, 'SIGKILL', old);
    group.signalStartedSince(ticks, 'SIGSTOP', [young]);
    expect(await group.killStartedSince(ticks, [program.pid])).toBe(true);
    expect(group.pids().sort()).toEqual([program.pid, ...old].sort());
  });

  test('close ends everything and leaves no group', async () => {
    const group = await openOne();
    const program = runInside(group.entryFiles, `${fugitives}\ntime.sleep(1000)`);
    await program.line();
    await program.line();
    const folders = group.entryFiles.map(dirname);
    await group.close();
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  });
});

/** Leaves a group some thousandths of one processor, where this machine can limit that. */
function starve({ entryFiles }: ControlGroup): void {
  const quotas = { 'cpu.max': '1500 1000000', 'cpu.cfs_period_us': '1000000', 'cpu.cfs_quota_us': '1500' };
  for (const folder of entryFiles.map(dirname))
    for (const [file, value] of Object.entries(quotas))
      if (existsSync(join(folder, file))) writeFileSync(join(folder, file), value);
}

test(
  'many processes are ended, however little of the processor they have left for it',
  { timeout: 120_000 },
  async () => {
    const group = await openContext();
    const code = `for _ in range(15):\n    if os.fork() == 0: break\nb = bytearray(4 << 20)\nprint(1)\nimport time\ntime.sleep(1000)`;
    const program = runInside(group.entryFiles, code);
    for (let n = 0; n < 16; n++) await program.line();
    starve(group);
    expect(await group.killAll()).toBe(true);
    expect(group.pids()).toEqual([]);
  },
);

test.for(holderPrograms)(
  'a whole holder is in its group, and spared: bubblewrap, and $argv.0, which is the first process inside',
  async (program) => {
    const sandbox = await openSandbox();
    const folder = mkdtempSync(join(tmpdir(), 'quicksand-holder-'));
    chmodSync(folder, 0o711);
    const uid = 1_900_000_321;
    await writeEtcSkeleton(join(folder, 'etc'));
    const workspace = join(folder, 'workspace');
    mkdirSync(workspace);
    const policy = {
      etc: join(folder, 'etc'),
      opt: join(folder, 'etc'),
      readOnly: ['/home/user/a/b', '/workspace/a/b'].map((target) => ({ source: '/usr/share', target })),
      limits: defaultLimits,
    };
    // One instruction of BPF: every call is allowed.
    const seccompFilter = Buffer.from('060000000000ff7f', 'hex');
    await using launcher = openLauncher('/usr/bin/python3');
    const cgroups = sandbox.holder.entryFiles;
    const opening = Promise.withResolvers<string>();
    const holder = await openHolder({
      ...{ launcher, policy, workspace: opening.promise, mounts: join(folder, 'mounts'), uid, gid: uid, cgroups },
      ...{ bubblewrap: '/usr/bin/bwrap', program, seccompFilter },
    });
    // It starts while its workspace is being opened, and is not complete without it.
    expect(await Promise.race([holder.complete, delay(200, 'waits')])).toBe('waits');
    expect(holder.isComplete).toBe(false);
    opening.resolve(workspace);
    await holder.complete;
    expect(holder.isComplete).toBe(true);
    const mounts = readFileSync(`/proc/${holder.pid}/mountinfo`, 'utf8');
    for (const [point, flags] of [
      ['/workspace', 'rw,nosuid,nodev'],
      ['/workspace/a/b', 'ro,nosuid,nodev'],
      ['/home/user/a/b', 'ro,nosuid,nodev'],
      ['/tmp', String.raw`rw,nosuid,nodev.* - tmpfs tmpfs \S*nr_inodes=${defaultLimits.tmpFiles}`],
      ['/dev/pts', String.raw`rw,nosuid,noexec.* - devpts devpts \S*max=128`],
    ] as const)
      expect(mounts).toMatch(new RegExp(` ${point} ${flags}`));
    const status = readFileSync(`/proc/${holder.pid}/status`, 'latin1');
    expect(status).toMatch(/^Name:\s+(sh|env|sleep)$/m);
    expect(status).toMatch(/^NSpid:\s+\d+\s+1$/m);
    const ignored = (): bigint => {
      const [, digits] = /^SigIgn:\s+(\w+)$/m.exec(readFileSync(`/proc/${holder.pid}/status`, 'latin1')) ?? [];
      return BigInt(`0x${digits}`);
    };
    const childSignal = 17n;
    await expect.poll(() => (ignored() >> (childSignal - 1n)) & 1n).toBe(1n);
    const pids = sandbox.holder.pids();
    expect(pids).toHaveLength(2);
    expect(pids).toContain(holder.pid);
    for (const pid of pids)
      expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'latin1')).toBe(mayLowerOomScore() ? '-1000\n' : '0\n');
    await sandbox.close();
    await holder.ended;
    rmSync(folder, { recursive: true });
  },
);

test('a holder that cannot start says why', async () => {
  await using launcher = openLauncher('/usr/bin/python3');
  const policy = { etc: '/etc', opt: '/opt', readOnly: [], limits: defaultLimits };
  const [program] = holderPrograms;
  const ids = { uid: 0, gid: 0 };
  const options = {
    ...{
      launcher,
      policy,
      workspace: Promise.resolve('/tmp'),
      mounts: '/no/mounts',
      ...ids,
      cgroups: [],
      program,
      seccompFilter: Buffer.alloc(8),
    },
  };
  for (const [changes, reason] of [
    [{ bubblewrap: '/bin/false' }, /ended with 1/],
    [{ bubblewrap: '/no/such/bwrap' }, /No such file/],
    [{ bubblewrap: '/usr/bin/bwrap', cgroups: ['/no/such/group'] }, /No such file/],
  ] as const) {
    const failing = openHolder({ ...options, ...changes });
    await expect(failing).rejects.toMatchObject({ code: 'sandbox_start_failed' });
    await expect(failing).rejects.toThrow(reason);
  }
});

describe('openCgroups', () => {
  const none = { version: 1, hierarchies: {}, unified: undefined } as const;

  test('refuses where limits are missing, and names them', async () => {
    await expect(openCgroups({ layout: none })).rejects.toMatchObject({
      code: 'backend_unavailable',
      details: { part: 'cgroups' },
    });
    await expect(openCgroups({ layout: toUnifiedLayout() })).rejects.toThrow(/cgroup controller memory/);
  });

  test('goes on without limits only when that was typed, and says so', async () => {
    const tree = await openCgroups({ layout: none, allowWeak: ['cgroups'] });
    expect(tree.missing).toEqual([expect.objectContaining({ part: 'cgroups' })]);
    await using sandbox = await tree.openSandbox('a');
    const group = sandbox.openContext('b');
    expect(group.entryFiles).toEqual([]);
    expect(group.usage()).toEqual({ cpuMs: 0, peakMemoryBytes: 0 });
    expect(await group.killAll()).toBe(true);
  });

  test('refuses a limit that the kernel refuses, and leaves no group', async () => {
    const tree = await openCgroups();
    trees.push(tree);
    await expect(tree.openSandbox('a', { ...limits, pids: -5 })).rejects.toMatchObject({
      code: 'sandbox_start_failed',
    });
    await using sandbox = await tree.openSandbox('a', limits);
    expect(sandbox.whole.pids()).toEqual([]);
  });

  test('removes the groups of a dead host with the processes in them, and no others', async () => {
    const sandbox = await openSandbox();
    const living = sandbox.openContext('living').entryFiles.map(dirname);
    const dead = spawnSync('true').pid;
    const name = createGroupName({ ...readOwnIdentity(), pid: dead, startTicks: 1 });
    const folders = Object.values(readCgroupLayout().hierarchies).map(
      ({ own }) => `${own}/${name}/sandbox-x/context-y`,
    );
    spawnSync('mkdir', ['-p', ...folders]);
    const left = runInside(
      folders.map((folder) => `${folder}/cgroup.procs`),
      'import time\nprint(1)\ntime.sleep(1000)',
    );
    await left.line();
    // A host of another test may have died, too.
    expect(await removeStaleGroups()).toContain(name);
    expect((await left.ended).signal).toBe('SIGKILL');
    expect([...folders, ...living].filter((folder) => existsSync(folder))).toEqual(living);
  });
});
