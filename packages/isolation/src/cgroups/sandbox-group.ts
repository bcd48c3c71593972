import { writeFile } from 'node:fs/promises';
import { SandboxError } from '@quicksand/protocol';
import { ControlGroup } from './control-group.ts';
import { type GroupFolders, makeFolders, toChildFolders, toUniqueFolders, tryWriteGroupFile } from './group-folders.ts';
import { removeGroup } from './end-processes.ts';
import { tryDelegate } from './delegate-controllers.ts';
import { type GroupLimits, type LimitFile, toContextLimitFiles, toSandboxLimitFiles } from './group-limits.ts';

// Keeps I1: the processes of a sandbox are in groups with memory, pids and cpu limits, each context in one of its own.

/** What {@link SandboxGroup.open} needs. */
export interface SandboxGroupOptions {
  readonly folders: GroupFolders;
  readonly version: 1 | 2;
  readonly limits: GroupLimits;
}

/** The group of a sandbox. Its processes are in groups below it: one for the holder, one for each context. */
export class SandboxGroup implements AsyncDisposable {
  /** The sandbox as a whole: its usage and events. No process is directly in it. */
  readonly whole: ControlGroup;
  readonly #holder: ControlGroup;
  readonly #options: SandboxGroupOptions;

  private constructor(options: SandboxGroupOptions) {
    this.#options = options;
    this.whole = new ControlGroup(options.folders, options.version);
    this.#holder = this.#openBelow('holder', []);
  }

  /** Makes the group and sets its limits. Throws `sandbox_start_failed` when the kernel refuses one (I3). */
  static async open(options: SandboxGroupOptions): Promise<SandboxGroup> {
    const { folders, version, limits } = options;
    try {
      makeFolders(folders);
      if (version === 2 && folders.memory !== undefined) tryDelegate(folders.memory, 0);
      writeLimits(folders, toSandboxLimitFiles(version, limits));
      return new SandboxGroup(options);
    } catch (cause) {
      await removeGroup(folders);
      throw toStartError(folders, cause);
    }
  }

  /**
   * Puts the processes that hold the namespaces into the sandbox, and makes them the last ones that running out of
   * memory ends: with them would go every context. False where this host may not do the latter (it lacks
   * CAP_SYS_RESOURCE); then they are spared only because they are the smallest.
   */
  async adoptHolder(pids: readonly number[]): Promise<boolean> {
    const spared = await Promise.all(
      pids.map(async (pid) => {
        await this.#holder.adopt(pid);
        return writeFile(`/proc/${pid}/oom_score_adj`, '-1000', { flag: 'r+' }).then(
          () => true,
          () => false,
        );
      }),
    );
    return spared.every(Boolean);
  }

  /** The files into which the first of them writes itself instead, where this host may not move it. */
  get holderProcsFiles(): string[] {
    return this.#holder.procsFiles;
  }

  /** The processes that hold the namespaces. */
  holderPids(): number[] {
    return this.#holder.pids();
  }

  /** Makes the group of one kernel and of all that it starts. Throws `sandbox_start_failed`. */
  openContext(key: string): ControlGroup {
    try {
      return this.#openBelow(`context-${key}`, toContextLimitFiles(this.#options.version, this.#options.limits));
    } catch (cause) {
      throw toStartError(this.#options.folders, cause);
    }
  }

  /** Ends every process of the sandbox, the holder too, and removes its groups. Throws `internal` when one does not end. */
  close(): Promise<void> {
    return this.whole.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #openBelow(name: string, limits: readonly LimitFile[]): ControlGroup {
    const folders = toChildFolders(this.#options.folders, name);
    makeFolders(folders);
    writeLimits(folders, limits);
    return new ControlGroup(folders, this.#options.version);
  }
}

/** A controller without a folder was named as missing when the tree was opened, and the operator typed that it may be. */
function writeLimits(folders: GroupFolders, limits: readonly LimitFile[]): void {
  for (const { controller, file, value, optional } of limits) {
    if (folders[controller] === undefined || tryWriteGroupFile(folders[controller], file, value) || optional) continue;
    throw new Error(`${file} = ${value} was refused`);
  }
}

function toStartError(folders: GroupFolders, cause: unknown): SandboxError {
  return new SandboxError('sandbox_start_failed', {
    message: `the limits of the sandbox could not be set in ${toUniqueFolders(folders)[0]}: ${(cause as Error).message}`,
    hint: 'run `quicksand doctor` on the host: it says what this machine lacks',
    cause,
  });
}
