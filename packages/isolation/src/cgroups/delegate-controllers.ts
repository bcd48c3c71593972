import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hostLeaf } from './cgroup-layout.ts';
import { readGroupFile, readPids, tryWriteGroupFile } from './group-folders.ts';
import { readParent } from './process-stat.ts';

const wanted = ['memory', 'pids', 'cpu'];

/**
 * Cgroups v2: passes the controllers of `folder` on to the groups below it. A group that does may hold no process itself, so the process `pid` is moved
 * into a leaf, with those that started it (a shell, npx); where there are others in `folder` it is not ours to change. False also when the kernel
 * refuses; then systemd has to delegate a group of its own.
 */
export function tryDelegate(folder: string, pid: number): boolean {
  if (isDelegated(folder) || tryEnable(folder)) return true;
  const inside = readGroupFile(folder, 'cgroup.procs').trim().split('\n').filter(Boolean).map(Number);
  const own = listAncestors(pid);
  if (inside.length === 0 || !inside.every((process) => own.includes(process))) return false;
  const leaf = join(folder, hostLeaf);
  try {
    mkdirSync(leaf, { recursive: true });
  } catch {
    return false;
  }
  return inside.every((process) => tryWriteGroupFile(leaf, 'cgroup.procs', String(process))) && tryEnable(folder);
}

/** The group in which a delegated group's own host belongs: the leaf when it is in use. */
export function toHome(folder: string): string {
  const leaf = join(folder, hostLeaf);
  return readPids(leaf).length > 0 ? leaf : folder;
}

/** A process and those that it descends from. */
function listAncestors(pid: number): number[] {
  const parent = pid > 0 ? readParent(pid) : undefined;
  return parent === undefined ? [] : [pid, ...listAncestors(parent)];
}

function isDelegated(folder: string): boolean {
  const passed = readGroupFile(folder, 'cgroup.subtree_control').trim().split(' ');
  return wanted.every((controller) => passed.includes(controller));
}

function tryEnable(folder: string): boolean {
  return tryWriteGroupFile(folder, 'cgroup.subtree_control', wanted.map((controller) => `+${controller}`).join(' '));
}
