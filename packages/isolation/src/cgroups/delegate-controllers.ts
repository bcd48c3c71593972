import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readGroupFile, readPids, tryWriteGroupFile } from './group-folders.ts';

const wanted = ['memory', 'pids', 'cpu'];

/** The leaf that a host of cgroups v2 moves itself into: a group that passes controllers on may hold no process itself. */
const hostLeaf = 'quicksand-host';

/**
 * Cgroups v2: passes the controllers of `folder` on to the groups below it, moving this process into a leaf when it is
 * alone in `folder`. False when the kernel refuses; then systemd has to delegate a group of its own.
 */
export function tryDelegate(folder: string, pid: number): boolean {
  if (isDelegated(folder) || tryEnable(folder)) return true;
  const inside = readGroupFile(folder, 'cgroup.procs').trim().split('\n').map(Number);
  if (inside.length !== 1 || inside[0] !== pid) return false;
  const leaf = join(folder, hostLeaf);
  try {
    mkdirSync(leaf, { recursive: true });
  } catch {
    return false;
  }
  return tryWriteGroupFile(leaf, 'cgroup.procs', String(pid)) && tryEnable(folder);
}

/** The group in which a delegated group's own host belongs: the leaf when it is in use. */
export function toHome(folder: string): string {
  const leaf = join(folder, hostLeaf);
  return readPids(leaf).length > 0 ? leaf : folder;
}

function isDelegated(folder: string): boolean {
  const passed = readGroupFile(folder, 'cgroup.subtree_control').trim().split(' ');
  return wanted.every((controller) => passed.includes(controller));
}

function tryEnable(folder: string): boolean {
  return tryWriteGroupFile(folder, 'cgroup.subtree_control', wanted.map((controller) => `+${controller}`).join(' '));
}
