import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { listDescendants } from './descendants.ts';

/** What a host has on the machine, by kind: names of what it has made, and counts of what it holds. */
export interface Traces {
  readonly processes: number;
  /** Without those below which living hosts mount workspaces. */
  readonly mounts: readonly string[];
  readonly groups: readonly string[];
  readonly loopDevices: readonly string[];
  readonly runFiles: readonly string[];
  readonly dataFiles: readonly string[];
  readonly descriptors: number;
}

/** Everything of the host with this pid and data folder that can be counted from outside. */
export async function readTraces(pid: number, dataFolder: string): Promise<Traces> {
  const isOurs = (name: string): boolean => name.startsWith(`quicksand-${pid}-`);
  const runFolders = list('/run/quicksand').filter(isOurs);
  return {
    processes: (await listDescendants(pid)).length,
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .flatMap((line) => line.split(' ')[4] ?? [])
      .filter((point) => point.startsWith(dataFolder))
      .filter((point) => dirname(point) !== `${dataFolder}/mounts` || !isAlive(point)),
    groups: findGroups('/sys/fs/cgroup', 8).filter((path) => isOurs(/\/(quicksand-[^/]+)/.exec(path)?.[1] ?? '')),
    loopDevices: list('/sys/block').filter((name) =>
      readText(`/sys/block/${name}/loop/backing_file`).startsWith(dataFolder),
    ),
    runFiles: runFolders.flatMap((name) => listDeep(`/run/quicksand/${name}`)),
    dataFiles: ['volumes', 'mounts', 'workspaces', 'trash'].flatMap((name) => listDeep(`${dataFolder}/${name}`)),
    descriptors: list(`/proc/${pid}/fd`).length,
  };
}

/** What a host has made has its pid in its name. */
function isAlive(path: string): boolean {
  return existsSync(`/proc/${basename(path).split('-')[1]}`);
}

function findGroups(folder: string, levels: number): string[] {
  if (levels === 0) return [];
  const children = listFolders(folder).map((name) => `${folder}/${name}`);
  return children.flatMap((child) => [
    ...(child.includes('/quicksand-') ? [child] : []),
    ...findGroups(child, levels - 1),
  ]);
}

function listDeep(folder: string): string[] {
  const below = listFolders(folder).flatMap((name) => listDeep(`${folder}/${name}`));
  return [...list(folder).map((name) => `${folder}/${name}`), ...below];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
