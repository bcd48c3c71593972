import { accessSync, constants } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { CgroupLayout } from './cgroup-layout.ts';
import { removeGroup } from './end-processes.ts';
import { readChildFolders, toUniqueFolders } from './group-folders.ts';
import { isKept, isOwnerGone, parseGroupName, readOwnIdentity } from './group-name.ts';
import { readCgroupLayout } from './open-cgroups.ts';
import { readStartTicks } from './process-stat.ts';

/** How deep hosts' groups are looked for below a mount. */
const depth = 8;

/** Ends what hosts that died without cleaning up left running, and removes their groups. Tells which. */
export async function removeStaleGroups(layout: CgroupLayout = readCgroupLayout()): Promise<string[]> {
  if (isKept()) return [];
  const here = readOwnIdentity();
  const mounts = new Set(
    [...Object.values(layout.hierarchies), ...(layout.unified ? [layout.unified] : [])].map(({ mount }) => mount),
  );
  const removed = new Set<string>();
  for (const mount of mounts) {
    for (const folder of findHostGroups(mount, depth)) {
      const owner = parseGroupName(basename(folder));
      if (!owner || !isOwnerGone(owner, here, readStartTicks) || !isWritable(folder)) continue;
      const unified = layout.unified && join(layout.unified.mount, relative(mount, folder));
      const pids = layout.hierarchies.pids && join(layout.hierarchies.pids.mount, relative(mount, folder));
      const folders = { memory: folder, ...(unified && { unified }), ...(pids && { pids }) };
      if (await removeGroup(folders)) toUniqueFolders(folders).forEach((path) => removed.add(basename(path)));
    }
  }
  return [...removed];
}

/** Those of another user are that user's to remove. */
function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function findHostGroups(folder: string, levels: number): string[] {
  if (levels === 0) return [];
  return readChildFolders(folder).flatMap((child) =>
    parseGroupName(basename(child)) ? [child] : findHostGroups(child, levels - 1),
  );
}
