import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SandboxError } from '@quicksand/protocol';

/** The ids outside that sandboxes get; above what distributions, containers and subuid files hand out. */
export interface UidRange {
  readonly first: number;
  readonly count: number;
}

const slotSize = 65_536;
const firstSlot = 1_900_000_000;
const slotCount = Math.floor((2 ** 31 - firstSlot) / slotSize);

/** The range of a data folder, chosen by its path: the sandboxes of two hosts with folders of their own have different uids. */
export function toUidRange(dataFolder: string): UidRange {
  const hash = createHash('sha256').update(resolve(dataFolder)).digest().readUInt32LE();
  return { first: firstSlot + (hash % slotCount) * slotSize, count: slotSize };
}

/** The folder of a sandbox that is kept, and the uid that owns it: the folder's owner is the record. */
export interface Workspace {
  readonly folder: string;
  readonly uid: number;
}

/** The workspaces of all sandboxes of a data folder, by sandbox id. */
export class WorkspaceStore {
  readonly #folder: string;
  readonly #trash: string;
  readonly #range: UidRange;
  readonly #used = new Set<number>();
  #next: number;

  private constructor(dataFolder: string, range: UidRange) {
    this.#folder = join(dataFolder, 'workspaces');
    this.#trash = join(dataFolder, 'trash');
    this.#range = range;
    this.#next = range.first;
  }

  /** Opens the store, making its folders, and removes what an interrupted removal left. */
  static async open(dataFolder: string, range: UidRange): Promise<WorkspaceStore> {
    const store = new WorkspaceStore(dataFolder, range);
    for (const folder of [store.#folder, store.#trash]) {
      await mkdir(folder, { recursive: true });
      await chmod(folder, 0o711);
    }
    for (const name of await readdir(store.#folder)) store.#used.add((await stat(join(store.#folder, name))).uid);
    for (const name of await readdir(store.#trash)) await removeTree(join(store.#trash, name));
    return store;
  }

  /** The workspace of a sandbox, made if it is new. Throws `too_many_sandboxes` when every uid is taken. */
  async open(sandboxId: string): Promise<Workspace> {
    const folder = join(this.#folder, sandboxId);
    const found = await stat(folder).catch(() => undefined);
    if (found && found.uid >= this.#range.first) return { folder, uid: found.uid };
    const uid = found ? undefined : this.#takeUid();
    if (uid === undefined) {
      throw new SandboxError('sandbox_start_failed', {
        message: `the workspace folder of sandbox ${sandboxId} is not owned by a sandbox`,
        hint: 'an earlier start was cut off or something else made the folder: remove it on the host',
      });
    }
    const making = join(this.#trash, `new-${uid}`);
    await mkdir(making, { mode: 0o700 });
    await chown(making, uid, uid);
    await rename(making, folder);
    return { folder, uid };
  }

  /** True when the sandbox has files. */
  async has(sandboxId: string): Promise<boolean> {
    return (await stat(join(this.#folder, sandboxId)).catch(() => undefined)) !== undefined;
  }

  /** Removes a workspace and everything in it. */
  async remove(sandboxId: string): Promise<void> {
    const folder = join(this.#folder, sandboxId);
    const found = await stat(folder).catch(() => undefined);
    if (!found) return;
    const trashed = join(this.#trash, `${found.uid}-${Date.now()}`);
    await rename(folder, trashed);
    await removeTree(trashed);
    this.#used.delete(found.uid);
  }

  #takeUid(): number {
    const { first, count } = this.#range;
    for (let tries = 0; tries < count; tries++) {
      const uid = this.#next;
      this.#next = uid + 1 >= first + count ? first : uid + 1;
      if (this.#used.has(uid)) continue;
      this.#used.add(uid);
      return uid;
    }
    throw new SandboxError('too_many_sandboxes', {
      message: `all ${count} uids for sandboxes are taken`,
      hint: 'destroy sandboxes that are no longer needed',
    });
  }
}

/** Removes a tree that hostile code made: `rm` walks by descriptors, so depth and odd names do not matter and no link is followed. */
async function removeTree(path: string): Promise<void> {
  const child = spawn('/usr/bin/rm', ['-rf', '--', path], { stdio: 'ignore', cwd: '/' });
  await once(child, 'exit');
}
