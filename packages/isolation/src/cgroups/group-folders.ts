import { mkdirSync, readFileSync, readdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Controller } from './cgroup-layout.ts';

/** A group is one folder in each hierarchy. In v2 they are all the same one. */
export type GroupFolders = Readonly<Partial<Record<Controller | 'unified', string>>>;

/** The names of a folder without folders below it: its own, and `.`. Some file systems do not count them, and say 1. */
const childlessLinks = 2;

/** Each folder once. */
export function toUniqueFolders(folders: GroupFolders): string[] {
  return [...new Set(Object.values(folders))];
}

/** The folders of a group one level below. */
export function toChildFolders(folders: GroupFolders, name: string): GroupFolders {
  return Object.fromEntries(Object.entries(folders).map(([key, folder]) => [key, join(folder, name)]));
}

/** Makes a group in every hierarchy, or in none. */
export function makeFolders(folders: GroupFolders): void {
  const made: string[] = [];
  try {
    for (const folder of toUniqueFolders(folders)) {
      mkdirSync(folder);
      made.push(folder);
    }
  } catch (error) {
    for (const folder of made) rmdirSync(folder);
    throw error;
  }
}

/** The text of a file of a group; empty when there is no such file or group. */
export function readGroupFile(folder: string | undefined, file: string): string {
  if (folder === undefined) return '';
  try {
    return readFileSync(`${folder}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** Writes a file of a group; false when the kernel refuses or the file is not there. */
export function tryWriteGroupFile(folder: string | undefined, file: string, value: string): boolean {
  if (folder === undefined) return false;
  try {
    // Never O_CREAT: a file that the kernel does not offer is an error, and in a cgroup file system it cannot be made.
    writeFileSync(`${folder}/${file}`, value, { flag: 'r+' });
    return true;
  } catch {
    return false;
  }
}

/** The processes of a group and of those below it, as seen from here. */
export function readPids(folder: string): number[] {
  const own = readGroupFile(folder, 'cgroup.procs').split('\n').map(Number);
  return [...own.filter((pid) => pid > 0), ...readChildFolders(folder).flatMap(readPids)];
}

/** The groups one level below. */
export function readChildFolders(folder: string): string[] {
  try {
    // Mostly there is none. In a group every file is listed beside them, and that costs twenty times as much as to ask how many names the folder has.
    if (statSync(folder).nlink === childlessLinks) return [];
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

/** Removes a group and those below it; false while a process is still in one of them. */
export function tryRemoveFolder(folder: string): boolean {
  if (tryRemoveAlone(folder)) return true;
  const below = readChildFolders(folder);
  return below.length > 0 && below.every(tryRemoveFolder) && tryRemoveAlone(folder);
}

/** False where a process is in a group, or another group below it. */
function tryRemoveAlone(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
