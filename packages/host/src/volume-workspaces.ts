import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Launching, type VolumeLimits, type WorkspaceVolumes, openWorkspaceVolumes } from '@quicksand/isolation';
import { SandboxError } from '@quicksand/protocol';
import type { Uids } from './uids.ts';
import {
  type BlankWorkspace,
  type OpeningWorkspace,
  type Workspace,
  type Workspaces,
  assertNotKeptAt,
  toBlankPrefix,
  toMakeError,
} from './workspaces.ts';

/** How {@link VolumeWorkspaces} are opened. */
export interface VolumeWorkspacesOptions {
  readonly launcher: Launching;
  readonly limits: VolumeLimits;
  readonly uids: Uids;
  readonly slot: number;
}

/** Workspaces that are file systems of a fixed size: what a sandbox writes cannot fill the disk of the host (I4). */
export class VolumeWorkspaces implements Workspaces {
  readonly #volumes: WorkspaceVolumes;
  readonly #uids: Uids;
  readonly #blankPrefix: string;
  readonly #folders: string;

  private constructor(dataFolder: string, volumes: WorkspaceVolumes, { uids, slot }: VolumeWorkspacesOptions) {
    this.#volumes = volumes;
    this.#uids = uids;
    this.#blankPrefix = toBlankPrefix(slot);
    this.#folders = join(dataFolder, 'workspaces');
  }

  /** Opens them, and removes blank ones that a host left. Throws `backend_unavailable` when the limit cannot be enforced here. */
  static async open(dataFolder: string, options: VolumeWorkspacesOptions): Promise<VolumeWorkspaces> {
    await using stack = new AsyncDisposableStack();
    const volumes = stack.use(await openWorkspaceVolumes(dataFolder, options.limits, options.launcher));
    const all = new VolumeWorkspaces(dataFolder, volumes, options);
    for (const { name, uid } of await volumes.list()) {
      if (name.startsWith(all.#blankPrefix)) await volumes.remove(name);
      else options.uids.reserve(uid);
    }
    stack.move();
    return all;
  }

  async open(sandboxId: string): Promise<OpeningWorkspace> {
    const known = await this.#volumes.ownerOf(sandboxId);
    if (known !== undefined && !this.#uids.covers(known)) {
      throw new SandboxError('sandbox_start_failed', {
        message: `the workspace of sandbox ${sandboxId} is not owned by a sandbox`,
        hint: 'something else made its file: remove it on the host',
      });
    }
    if (known !== undefined) return { uid: known, isNew: false, opened: this.#open(sandboxId, known) };
    await this.#assertUnknown(sandboxId);
    return this.#make(sandboxId);
  }

  openBlank(): OpeningWorkspace<BlankWorkspace> {
    const name = `${this.#blankPrefix}${randomUUID()}`;
    const made = this.#make(name);
    const opened = made.opened.then((workspace) => ({
      ...workspace,
      claim: async (sandboxId: string) => {
        await this.#assertUnknown(sandboxId);
        await this.#volumes.rename(name, sandboxId).catch((cause: Error) => {
          throw toMakeError(sandboxId, cause);
        });
      },
      discard: async () => {
        await workspace.close();
        await this.remove(name);
      },
    }));
    return { ...made, opened };
  }

  has(sandboxId: string): Promise<boolean> {
    return this.#volumes.has(sandboxId);
  }

  async remove(sandboxId: string): Promise<void> {
    const uid = await this.#volumes.ownerOf(sandboxId);
    await this.#volumes.remove(sandboxId);
    if (uid !== undefined) this.#uids.release(uid);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#volumes.close();
  }

  /** A new one, of which nothing is left when it cannot be made. */
  #make(name: string): OpeningWorkspace {
    const uid = this.#uids.take();
    const opened = this.#open(name, uid).catch((error: unknown) => {
      this.#uids.release(uid);
      throw error;
    });
    return { uid, isNew: true, opened };
  }

  #assertUnknown(sandboxId: string): Promise<void> {
    return assertNotKeptAt(join(this.#folders, sandboxId), sandboxId, 'with --allow-weak=quota');
  }

  async #open(name: string, uid: number): Promise<Workspace> {
    const volume = await this.#volumes.open({ name, uid, gid: uid });
    return { folder: volume.folder, close: () => volume.close() };
  }
}
