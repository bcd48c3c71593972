import { randomUUID } from 'node:crypto';
import { type Holder, type SandboxGroup, openHolder, readProcessState } from '@quicksand/isolation';
import { SandboxError } from '@quicksand/protocol';
import type { CommandProcess } from './command-process.ts';
import type { FileAgent } from './file-agent.ts';
import type { Kernel, KernelSink } from './kernel.ts';
import type { KernelKind } from './kernel-program.ts';
import { type Program, type ProgramSink, openCommand } from './open-command.ts';
import { openFileAgent } from './open-file-agent.ts';
import { openKernel } from './open-kernel.ts';
import { ReadBudget } from './read-budget.ts';
import type { SandboxSource } from './sandbox-source.ts';
import type { OpeningWorkspace } from './workspaces.ts';

// Keeps I1: every process of a sandbox is in its namespaces and under its limits.

/** Where a program starts, and what its environment has of its own. */
export interface Place {
  readonly cwd: string;
  readonly envVars: Readonly<Record<string, string>>;
}

/** What the door needs. */
interface Entry {
  readonly holder: Holder;
  readonly group: SandboxGroup;
  readonly uid: number;
}

/** How many holders in a row may end while something starts in them. */
const maxTries = 3;

/** Namespaces, mounts and limits around the processes of a sandbox. It knows no id and no context. */
export class Enclosure {
  readonly #source: SandboxSource;
  readonly #workspace: OpeningWorkspace;
  readonly #budget = new ReadBudget();
  readonly #group: SandboxGroup;
  #holder: Promise<Holder> | undefined;
  #closed = false;

  private constructor(source: SandboxSource, workspace: OpeningWorkspace, group: SandboxGroup) {
    this.#source = source;
    this.#workspace = workspace;
    this.#group = group;
  }

  /** Makes one around a workspace that is being opened. Throws `sandbox_start_failed`, and what opening the workspace throws. */
  static async open(source: SandboxSource, workspace: OpeningWorkspace): Promise<Enclosure> {
    await using stack = new AsyncDisposableStack();
    const { opened } = workspace;
    // From here on, since it may fail before it is waited for.
    const found = opened.catch(() => undefined);
    stack.defer(async () => {
      const failed = (error: unknown): void =>
        source.log('error', 'a workspace was not closed', { error: String(error) });
      await (await found)?.close().catch(failed);
    });
    const group = await source.cgroups.openSandbox(randomUUID(), source.limits);
    const enclosure = stack.adopt(new Enclosure(source, workspace, group), (it) => it.#end());
    await Promise.all([enclosure.#ensureHolder(), opened]);
    stack.move();
    return enclosure;
  }

  /** The whole environment of what starts at a place. */
  toEnv({ cwd, envVars }: Place): Record<string, string> {
    return { ...this.#source.env, PWD: cwd, ...envVars };
  }

  /** The pid of the process that holds the namespaces, which are complete. Throws `sandbox_start_failed`. */
  async holderPid(): Promise<number> {
    const { pid, complete } = await this.#ensureHolder();
    await complete;
    return pid;
  }

  /** Starts a kernel inside. Throws `kernel_start_failed`, `cwd_unusable`, `sandbox_start_failed`. */
  async openKernel(kind: KernelKind, place: Place, sink: KernelSink): Promise<Kernel> {
    const program = this.#source.programs[kind];
    const request = { program, budget: this.#budget, cwd: place.cwd, env: this.toEnv(place) };
    return this.#startInside((entry) => openKernel(this.#source, { ...request, ...entry }, sink));
  }

  /** Starts a program that is no kernel inside. Throws what {@link openCommand} throws, and `sandbox_start_failed`. */
  async openProgram(program: Program, sink: ProgramSink): Promise<CommandProcess> {
    const request = { ...program, env: this.toEnv(program) };
    return this.#startInside((entry) => openCommand(this.#source, { ...request, ...entry }, sink));
  }

  /** Starts what works on its files inside. Throws `files_unavailable`, `sandbox_start_failed`. */
  async openFileAgent(): Promise<FileAgent> {
    return this.#startInside((entry) => openFileAgent(this.#source, entry));
  }

  /** Starts something inside; once more in a new holder when the one that was there had been ended by code of the sandbox. */
  async #startInside<T>(start: (entry: Entry) => Promise<T>): Promise<T> {
    for (let triesLeft = maxTries; ; triesLeft--) {
      const holder = await this.#ensureHolder();
      try {
        const starting = start({ holder, group: this.#group, uid: this.#workspace.uid });
        const [started] = await Promise.all([starting, holder.complete]);
        return started;
      } catch (error) {
        // What could not be completed says why, perhaps a little later.
        if (!holder.isComplete && hasEnded(holder.pid)) await holder.complete;
        if (!holder.isComplete || !hasEnded(holder.pid) || triesLeft === 1) throw error;
        await holder.ended;
      }
    }
  }

  /** Ends every process inside; the workspace stays. */
  async close(): Promise<void> {
    await this.#end();
    const workspace = await this.#workspace.opened;
    await workspace.close();
  }

  async #end(): Promise<void> {
    this.#closed = true;
    const holder = await this.#holder?.catch(() => undefined);
    await holder?.[Symbol.asyncDispose]();
    await this.#group.close();
  }

  /** The holder, a new one when the last one ended: code can end its own sandbox. */
  #ensureHolder(): Promise<Holder> {
    if (this.#closed) {
      return Promise.reject(new SandboxError('sandbox_not_found', { message: 'the sandbox was deleted' }));
    }
    if (this.#holder) return this.#holder;
    const { uid, opened } = this.#workspace;
    const {
      launcher,
      etc,
      opt,
      mounts,
      readOnly,
      limits,
      bubblewrap,
      seccompFilter,
      holderProgram: program,
    } = this.#source;
    const policy = { etc, opt, readOnly, limits };
    const workspace = opened.then(({ folder }) => folder);
    const own = { policy, workspace, uid, gid: uid, cgroups: this.#group.holder.entryFiles };
    const holder = openHolder({ launcher, mounts, bubblewrap, program, seccompFilter, ...own });
    this.#holder = holder;
    const forget = (): void => {
      if (this.#holder === holder) this.#holder = undefined;
    };
    holder.then(({ ended }) => ended.then(forget), forget);
    return holder;
  }
}

/** Whether a process is gone; that a holder is will be heard a little later. */
function hasEnded(pid: number): boolean {
  const state = readProcessState(pid);
  return state === undefined || state.waitStatus !== undefined;
}
