import { type Launching, type WeakPart, toMountsFolder } from '@quicksand/isolation';
import { join } from 'node:path';
import { FolderWorkspaces } from './folder-workspaces.ts';
import { type Ways, assertReachable } from './reach.ts';
import type { HostLimits } from './host-limits.ts';
import { chooseUids } from './choose-uids.ts';
import { VolumeWorkspaces } from './volume-workspaces.ts';
import type { Workspaces } from './workspaces.ts';

/** What {@link openWorkspaces} is told. */
export interface WorkspacesOptions {
  readonly launcher: Launching;
  readonly dataFolder: string;
  /** How the uids of sandboxes get there. */
  readonly reach: Ways;
  readonly allowWeak: readonly WeakPart[];
  readonly limits: HostLimits;
  /** The host's place: see {@link openHostSlot}. */
  readonly slot: number;
}

/**
 * Opens the workspaces of a data folder: of a limited size, or plain folders where the operator typed `quota` (I3). Throws `backend_unavailable` when sizes
 * cannot be limited here, or when sandboxes could not reach the folder.
 */
export async function openWorkspaces({
  launcher,
  dataFolder,
  reach,
  allowWeak,
  limits,
  slot,
}: WorkspacesOptions): Promise<Workspaces> {
  const uids = chooseUids({ dataFolder, allowWeak, slot });
  const weak = allowWeak.includes('quota');
  const folder = await reach.to(dataFolder);
  const { workspaceBytes: bytes, workspaceFiles: files } = limits;
  await using stack = new AsyncDisposableStack();
  const workspaces: Workspaces = stack.use(
    weak
      ? await FolderWorkspaces.open(folder, { launcher, uids, slot })
      : await VolumeWorkspaces.open(folder, { launcher, uids, slot, limits: { bytes, files } }),
  );
  await assertReachable(weak ? join(folder, 'workspaces') : toMountsFolder(folder));
  stack.move();
  return workspaces;
}
