import { type Launching, type WeakPart, toMountsFolder } from '@quicksand/isolation';
import { SandboxError } from '@quicksand/protocol';
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
 * cannot be limited here, or when sandboxes could not reach the folder, or nothing can be kept in it.
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
    await (
      weak
        ? FolderWorkspaces.open(folder, { launcher, uids, slot })
        : VolumeWorkspaces.open(folder, { launcher, uids, slot, limits: { bytes, files } })
    ).catch((cause: Error) => {
      throw SandboxError.is(cause) ? cause : toFolderError(dataFolder, cause);
    }),
  );
  await assertReachable(weak ? join(folder, 'workspaces') : toMountsFolder(folder));
  stack.move();
  return workspaces;
}

function toFolderError(dataFolder: string, cause: Error): SandboxError {
  return new SandboxError('backend_unavailable', {
    message: `workspaces cannot be kept in ${dataFolder}: ${cause.message}`,
    hint: 'the host must be able to write there; or choose another data folder (QUICKSAND_HOME)',
    cause,
  });
}
