import { setTimeout as delay } from 'node:timers/promises';
import {
  type GroupFolders,
  readGroupFile,
  readPids,
  toUniqueFolders,
  tryRemoveFolder,
  tryWriteGroupFile,
} from './group-folders.ts';

/**
 * How long nothing may get better before giving up: a process may hang in the kernel, for example on a dead disk. How long all of them take says nothing:
 * what is left of them to do costs processor time, and a group may have little of it. Milliseconds.
 */
const patienceMs = 5000;

/** Rounds after which forks are refused too: a fork bomb can be faster than signals. */
const roundsBeforeBlocking = 3;

/**
 * Ends the chosen processes of a group (every process, when nothing is chosen), wherever they have put themselves: a
 * group cannot be left. True when none is left; false when some are left and for 5 s not one has ended.
 */
export async function endProcesses(folders: GroupFolders, choose?: (pid: number) => boolean): Promise<boolean> {
  let fewest = Infinity;
  let deadline = 0;
  let allowed: string | undefined;
  try {
    for (let round = 0; ; round++) {
      const pids = findPids(folders, choose);
      if (pids.length === 0) return true;
      if (pids.length < fewest) {
        fewest = pids.length;
        deadline = performance.now() + patienceMs;
      }
      if (performance.now() > deadline) return false;
      if (round === roundsBeforeBlocking) allowed = blockForks(folders);
      // cgroup.kill takes all of them in one step, and no pid can be reused in between.
      if (choose || !tryWriteGroupFile(folders.unified, 'cgroup.kill', '1'))
        for (const pid of pids) trySignal(pid, 'SIGKILL');
      await delay(round < 10 ? 1 : 10);
    }
  } finally {
    if (allowed !== undefined) tryWriteGroupFile(folders.pids, 'pids.max', allowed);
  }
}

/** Ends every process of a group and removes it with those below it. False when a process does not end. */
export async function removeGroup(folders: GroupFolders): Promise<boolean> {
  let left = toUniqueFolders(folders);
  let deadline: number | undefined;
  for (let round = 0; ; round++) {
    // Mostly nothing is left in it, and then nothing has to be looked for: Linux removes no group that has a process.
    left = left.filter((folder) => !tryRemoveFolder(folder));
    if (left.length === 0) return true;
    if (!(await endProcesses(folders))) return false;
    deadline ??= performance.now() + patienceMs;
    if (performance.now() > deadline) return false;
    if (round > 0) await delay(round < 10 ? 1 : 10);
  }
}

/** The processes of a group in any of its hierarchies. */
export function listPids(folders: GroupFolders): number[] {
  return [...new Set(toUniqueFolders(folders).flatMap(readPids))];
}

/** The chosen processes in the first hierarchy that has any: all the others have the same, but for those that are on their way in. */
function findPids(folders: GroupFolders, choose: (pid: number) => boolean = () => true): number[] {
  for (const folder of toUniqueFolders(folders)) {
    const pids = readPids(folder).filter(choose);
    if (pids.length > 0) return pids;
  }
  return [];
}

/** Lets nothing new start in the group, and tells what was allowed before. */
function blockForks({ pids }: GroupFolders): string | undefined {
  const before = readGroupFile(pids, 'pids.max').trim();
  return before !== '' && tryWriteGroupFile(pids, 'pids.max', '0') ? before : undefined;
}

/** Sends a signal to a process that may have ended in the meantime. */
export function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}
