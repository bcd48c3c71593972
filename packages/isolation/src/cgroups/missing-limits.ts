import { existsSync } from 'node:fs';
import { type CgroupLayout, type Controller, controllers } from './cgroup-layout.ts';
import { toOfferFix } from './delegation-fix.ts';
import { type GroupFolders, toUniqueFolders } from './group-folders.ts';

/** A part of the isolation that this machine cannot enforce, and what to do about it (I3). */
export interface MissingPart {
  readonly part: string;
  readonly found: string;
  /** The exact command, or the sentence that says what to change. */
  readonly fix: string;
}

const neededFiles: Readonly<Record<1 | 2, Readonly<Record<Controller, string>>>> = {
  1: { memory: 'memory.limit_in_bytes', pids: 'pids.max', cpu: 'cpu.cfs_quota_us', cpuacct: 'cpuacct.usage' },
  2: { memory: 'memory.max', pids: 'pids.max', cpu: 'cpu.max', cpuacct: 'cpu.stat' },
};
const swapFiles = { 1: 'memory.memsw.limit_in_bytes', 2: 'memory.swap.max' } as const;

/** Controllers that the machine does not offer at all. */
export function findMissingControllers({ version, hierarchies, unified }: CgroupLayout): MissingPart[] {
  if (!unified && Object.keys(hierarchies).length === 0) {
    return [
      { part: 'cgroups', found: 'no cgroup file system is mounted', fix: 'mount -t cgroup2 cgroup2 /sys/fs/cgroup' },
    ];
  }
  return controllers.flatMap((controller) => {
    if (hierarchies[controller] || (version === 2 && controller === 'cpuacct')) return [];
    return [
      {
        part: `cgroup controller ${controller}`,
        found: 'not mounted or not delegated to this process',
        fix: toControllerFix(version, controller),
      },
    ];
  });
}

function toControllerFix(version: 1 | 2, controller: Controller): string {
  if (version === 2) return toOfferFix();
  return `mkdir -p /sys/fs/cgroup/${controller} && mount -t cgroup -o ${controller} cgroup /sys/fs/cgroup/${controller}`;
}

/** Limits that the kernel does not have although their controller is there. `probe` is a group that may have limits. */
export function findMissingFiles(version: 1 | 2, probe: GroupFolders, swaps: string): MissingPart[] {
  const missing = Object.entries(probe).flatMap(([key, folder]) => {
    const file = key === 'unified' ? undefined : neededFiles[version][key as Controller];
    if (file === undefined || existsSync(`${folder}/${file}`)) return [];
    return [
      {
        part: `cgroup file ${file}`,
        found: `the kernel does not offer it in ${folder}`,
        fix: 'use a kernel of Linux 5.14 or later with memory, pids and CFS bandwidth control groups',
      },
    ];
  });
  const hasSwap = swaps.trim().split('\n').length > 1;
  const swapFile = swapFiles[version];
  if (!hasSwap || toUniqueFolders(probe).length === 0 || existsSync(`${probe.memory}/${swapFile}`)) return missing;
  return [
    ...missing,
    {
      part: 'limit of swap',
      found: `there is swap, and no ${swapFile}`,
      fix: 'swapoff -a, or boot with swapaccount=1',
    },
  ];
}
