import { describe, expect, test } from 'vitest';
import { parseCgroupLayout } from '../src/cgroups/cgroup-layout.ts';
import { createGroupName, isOwnerGone, parseGroupName } from '../src/cgroups/group-name.ts';
import { defaultGroupLimits, toContextLimitFiles, toSandboxLimitFiles } from '../src/cgroups/group-limits.ts';
import { findMissingControllers } from '../src/cgroups/missing-limits.ts';
import { parseStartTicks } from '../src/cgroups/process-stat.ts';

const mount = (root: string, at: string, type: string, options: string): string =>
  `31 23 0:28 ${root} ${at} rw - ${type} x rw,${options}`;

const hybrid = [
  mount('/', '/sys/fs/cgroup/memory', 'cgroup', 'memory'),
  mount('/', '/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'cpu,cpuacct'),
  mount('/', '/sys/fs/cgroup/unified', 'cgroup2', ''),
].join('\n');

describe('parseCgroupLayout', () => {
  test('hybrid: each controller has its hierarchy, the unified one ends processes', () => {
    const membership = '5:memory:/jobs/7\n3:cpu,cpuacct:/\n0::/jobs/7\n';
    const layout = parseCgroupLayout({ mountinfo: hybrid, membership, readControllers: () => 'hugetlb' });
    expect(layout.version).toBe(1);
    expect(layout.hierarchies.memory?.own).toBe('/sys/fs/cgroup/memory/jobs/7');
    expect(layout.hierarchies.cpu).toEqual(layout.hierarchies.cpuacct);
    expect(layout.unified?.own).toBe('/sys/fs/cgroup/unified/jobs/7');
    expect(findMissingControllers(layout).map(({ part }) => part)).toEqual(['cgroup controller pids']);
  });

  test('v2: the controllers that the own group offers', () => {
    const facts = { mountinfo: mount('/', '/sys/fs/cgroup', 'cgroup2', ''), membership: '0::/user.slice\n' };
    const layout = parseCgroupLayout({ ...facts, readControllers: () => 'cpu memory\n' });
    expect(layout.version).toBe(2);
    expect(layout.hierarchies.cpuacct?.own).toBe('/sys/fs/cgroup/user.slice');
    expect(findMissingControllers(layout).map(({ part }) => part)).toEqual(['cgroup controller pids']);
  });

  test('a container sees a part of the hierarchy', () => {
    const mountinfo = mount('/docker/abc', '/sys/fs/cgroup/memory', 'cgroup', 'memory');
    const own = (path: string): string | undefined =>
      parseCgroupLayout({ mountinfo, membership: `5:memory:${path}`, readControllers: () => '' }).hierarchies.memory
        ?.own;
    expect(own('/docker/abc')).toBe('/sys/fs/cgroup/memory');
    expect(own('/docker/abc/x')).toBe('/sys/fs/cgroup/memory/x');
    expect(own('/../other')).toBe('/sys/fs/cgroup/memory');
  });

  test('no cgroups at all is one missing part', () => {
    const layout = parseCgroupLayout({ mountinfo: '', membership: '', readControllers: () => '' });
    expect(findMissingControllers(layout)).toEqual([expect.objectContaining({ part: 'cgroups' })]);
  });
});

test('limits as files, in the order in which the kernel takes them', () => {
  const toLines = (files: readonly { file: string; value: string }[]): string[] =>
    files.map(({ file, value }) => `${file}=${value}`);
  const limits = {
    ...defaultGroupLimits,
    memoryBytes: 1000,
    contextMemoryBytes: 500,
    pids: 9,
    contextPids: 5,
    cores: 1.5,
  };
  expect(toLines(toSandboxLimitFiles(2, limits))).toEqual([
    'memory.max=1000',
    'memory.swap.max=0',
    'pids.max=9',
    'cpu.weight=100',
    'cpu.max=30000 20000',
  ]);
  expect(toLines(toSandboxLimitFiles(1, limits))).toEqual([
    'memory.limit_in_bytes=1000',
    'memory.memsw.limit_in_bytes=1000',
    'pids.max=9',
    'cpu.shares=1024',
    'cpu.cfs_period_us=20000',
    'cpu.cfs_quota_us=30000',
  ]);
  expect(toLines(toContextLimitFiles(2, limits))).toEqual(['memory.max=500', 'memory.swap.max=0', 'pids.max=5']);
});

test('the name of a group says whose it is', () => {
  const owner = { pid: 12, startTicks: 3456, pidNamespace: 4026531836 };
  expect(parseGroupName(createGroupName(owner))).toEqual(owner);
  expect(parseGroupName('quicksand-12-x')).toBeUndefined();
  expect(isOwnerGone(owner, owner, () => 3456)).toBe(false);
  expect(isOwnerGone(owner, owner, () => 9)).toBe(true);
  expect(isOwnerGone(owner, owner, () => undefined)).toBe(true);
  expect(isOwnerGone(owner, { ...owner, pidNamespace: 1 }, () => undefined)).toBe(false);
});

test('the start of a process is found behind a name with brackets', () => {
  expect(parseStartTicks(`7 (a) b) S ${Array.from({ length: 40 }, (_, index) => index + 4).join(' ')}`)).toBe(22);
});
