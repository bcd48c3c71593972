import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, readdir, rename, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Launching, runTool } from '@quicksand/isolation';
import { SandboxError } from '@quicksand/protocol';
import { type FolderUsage, measureFolder } from './measure-folder.ts';
import type { Uids } from './uids.ts';
import {
  type BlankWorkspace,
  type OpeningWorkspace,
  type Workspaces,
  assertNotKeptAt,
  toBlankPrefix,
  toMakeError,
} from './workspaces.ts';

/** How {@link FolderWorkspaces} are opened. */
export interface FolderWorkspacesOptions {
  readonly launcher: Launching;
  readonly uids: Uids;
  readonly slot: number;
}

/**
 * Workspaces that are plain folders: nothing limits their size, which the operator allowed, and they can be measured. The folder's
 * owner is the record of the sandbox's uid.
 */
export class FolderWorkspaces implements Workspaces {
  readonly #launcher: Launching;
  readonly #folder: string;
  readonly #trash: string;
  readonly #uids: Uids;
  readonly #blankPrefix: string;
  readonly #trashPrefix: string;
  readonly #toImage: (sandboxId: string) => string;

  private constructor(dataFolder: string, { launcher, uids, slot }: FolderWorkspacesOptions) {
    this.#launcher = launcher;
    this.#folder = join(dataFolder, 'workspaces');
    this.#trash = join(dataFolder, 'trash');
    this.#uids = uids;
    this.#blankPrefix = toBlankPrefix(slot);
    this.#trashPrefix = `${slot}-`;
    this.#toImage = (sandboxId) => join(dataFolder, 'volumes', `${sandboxId}.img`);
  }

  /** Opens them, making their folders, and removes blank ones and what an interrupted removal left. */
  static async open(dataFolder: string, options: FolderWorkspacesOptions): Promise<FolderWorkspaces> {
    const all = new FolderWorkspaces(dataFolder, options);
    for (const folder of [all.#folder, all.#trash]) {
      await mkdir(folder, { recursive: true });
      await chmod(folder, 0o711);
    }
    for (const name of await readdir(all.#folder)) {
      if (name.startsWith(all.#blankPrefix)) await all.remove(name);
      // Another host may have removed it in the meantime.
      else await stat(join(all.#folder, name)).then(({ uid }) => options.uids.reserve(uid), ignoreMissing);
    }
    for (const name of await readdir(all.#trash)) {
      // Another host may be at work on its own.
      if (name.startsWith(all.#trashPrefix)) await removeTree(join(all.#trash, name));
    }
    return all;
  }

  async open(sandboxId: string): Promise<OpeningWorkspace> {
    const folder = join(this.#folder, sandboxId);
    const found = await stat(folder).catch(() => undefined);
    if (found && !this.#uids.covers(found.uid)) {
      throw new SandboxError('sandbox_start_failed', {
        message: `the workspace folder of sandbox ${sandboxId} is not owned by a sandbox`,
        hint: 'an earlier start was cut off or something else made the folder: remove it on the host',
      });
    }
    const close = async (): Promise<void> => {};
    if (found) return { uid: found.uid, isNew: false, opened: Promise.resolve({ folder, close }) };
    await this.#assertUnknown(sandboxId);
    const uid = this.#uids.take();
    return { uid, isNew: true, opened: this.#make(sandboxId, uid).then(() => ({ folder, close })) };
  }

  openBlank(): OpeningWorkspace<BlankWorkspace> {
    const uid = this.#uids.take();
    const name = `${this.#blankPrefix}${randomUUID()}`;
    let folder = join(this.#folder, name);
    const blank: BlankWorkspace = {
      // Where it is now: a holder that ended is followed by another, which needs it again.
      get folder() {
        return folder;
      },
      close: async () => {},
      claim: async (sandboxId) => {
        await this.#assertUnknown(sandboxId);
        const claimed = join(this.#folder, sandboxId);
        await giveName(folder, claimed).catch((cause: Error) => {
          throw toMakeError(sandboxId, cause);
        });
        folder = claimed;
      },
      discard: () => this.remove(name),
    };
    return { uid, isNew: true, opened: this.#make(name, uid).then(() => blank) };
  }

  has(sandboxId: string): Promise<boolean> {
    return exists(join(this.#folder, sandboxId));
  }

  measure(sandboxId: string, signal: AbortSignal): Promise<FolderUsage> {
    return measureFolder(this.#launcher, join(this.#folder, sandboxId), signal);
  }

  async remove(sandboxId: string): Promise<void> {
    const folder = join(this.#folder, sandboxId);
    const found = await stat(folder).catch(() => undefined);
    if (!found) return;
    const trashed = this.#toTrash();
    await rename(folder, trashed);
    await removeTree(trashed);
    this.#uids.release(found.uid);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** A new path below what the next host at this place removes. */
  #toTrash(): string {
    return join(this.#trash, `${this.#trashPrefix}${randomUUID()}`);
  }

  async #make(name: string, uid: number): Promise<void> {
    const making = this.#toTrash();
    try {
      await mkdir(making, { mode: 0o700 });
      await chown(making, uid, uid);
      await giveName(making, join(this.#folder, name));
    } catch (cause) {
      await rmdir(making).catch(() => {});
      this.#uids.release(uid);
      throw toMakeError(name, cause as Error);
    }
  }

  #assertUnknown(sandboxId: string): Promise<void> {
    return assertNotKeptAt(this.#toImage(sandboxId), sandboxId, 'without --allow-weak=quota');
  }
}

/** `rename` would take the place of an empty folder that another host has just made. */
async function giveName(from: string, to: string): Promise<void> {
  await runTool('mv', ['--no-clobber', '--no-target-directory', '--', from, to]);
  if (await exists(from)) throw new Error('another host has just made it');
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Removes a tree that hostile code made: `rm` walks by descriptors, so depth and odd names do not matter and no link is followed. */
async function removeTree(path: string): Promise<void> {
  const child = spawn('/usr/bin/rm', ['-rf', '--', path], { stdio: 'ignore', cwd: '/' });
  await once(child, 'exit');
}
