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
  /** Makes the moves of the next few milliseconds cheap, where they are not. */
  readonly prime: () => void;
}

/** The group of a sandbox. Each context has a group of its own below it. */
export class SandboxGroup implements AsyncDisposable {
  /** The sandbox as a whole: its usage and events. */
  readonly whole: ControlGroup;
  /** That of the processes that hold the namespaces: the whole, or, in version 2, where a group with others below it has no processes itself, one below it. */
  readonly holder: ControlGroup;
  readonly #options: SandboxGroupOptions;

  private constructor(options: SandboxGroupOptions) {
    this.#options = options;
    this.whole = new ControlGroup(options.folders, options.version);
    this.holder = options.version === 1 ? this.whole : this.#openBelow('holder', []);
  }

  /** Makes the group and sets its limits. Throws `sandbox_start_failed` when the kernel refuses one (I3). */
  static async open(options: SandboxGroupOptions): Promise<SandboxGroup> {
    const { folders, version, limits } = options;
    try {
      makeFolders(folders);
      if (version === 2 && folders.memory !== undefined) tryDelegate(folders.memory, 0);
      writeLimits(folders, toSandboxLimitFiles(version, limits));
      const group = new SandboxGroup(options);
      options.prime();
      return group;
    } catch (cause) {
      await removeGroup(folders);
      throw toStartError(folders, cause);
    }
  }

  /** Makes the group of one kernel and of all that it starts. Throws `sandbox_start_failed`. */
  openContext(key: string): ControlGroup {
    try {
      const limits = toContextLimitFiles(this.#options.version, this.#options.limits);
      const group = this.#openBelow(`context-${key}`, limits);
      // Beside the fork. Not before: to make a group would wait for it.
      this.#options.prime();
      return group;
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
