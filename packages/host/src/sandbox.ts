import { randomUUID } from 'node:crypto';
import {
  type ContextInfo,
  type ContextRequest,
  type Language,
  type Lifetime,
  type SandboxInfo,
  SandboxError,
} from '@quicksand/protocol';
import { type Cause, removedBy } from './cause.ts';
import { Context, type OpenedKernel } from './context.ts';
import type { CommandProcess } from './command-process.ts';
import type { Command } from './command.ts';
import type { Enclosure, Place } from './enclosure.ts';
import { FileAgents } from './file-agents.ts';
import { hostClosing } from './host-closing.ts';
import type { KernelSink } from './kernel.ts';
import { type KernelKind, toKernelKind } from './kernel-program.ts';
import type { Program, ProgramSink } from './open-command.ts';
import { blankPlace } from './sandbox-pool.ts';
import type { SandboxSource } from './sandbox-source.ts';
import { toArgv } from './shell-command.ts';
import type { WarmKernel } from './warm-kernel.ts';

/** How long a kernel that needs much memory waits in a sandbox that has begun, in milliseconds. */
const spareMs = 10_000;

/** What a {@link Sandbox} is made of. */
export interface SandboxParts {
  readonly enclosure: Enclosure;
  /** Kernels that wait in it. */
  readonly warm: ReadonlyMap<KernelKind, WarmKernel>;
  /** Told which kernels are asked for, so that others can wait for the next. */
  readonly wants: (kind: KernelKind) => void;
  /** Whether it has no files of an earlier time. */
  readonly isNew: boolean;
}

/** An isolated place with a file system and limits. Its contexts are its kernels. */
export class Sandbox {
  readonly id: string;
  readonly createdAt: Date = new Date();
  /** Whether it had no files of an earlier time when it started. */
  readonly isNew: boolean;
  /** What works on its files. */
  readonly files: FileAgents;
  readonly #source: SandboxSource;
  readonly #enclosure: Enclosure;
  readonly #warm: Map<KernelKind, WarmKernel>;
  readonly #wants: (kind: KernelKind) => void;
  readonly #spare: NodeJS.Timeout;
  readonly #contexts = new Map<string, Context>();
  readonly #defaults = new Map<Language, Promise<Context>>();
  /** Those that run, and those that are being started: settled when one has ended, or will never run. */
  readonly #commands = new Map<Command, Promise<void>>();
  #envVars: Readonly<Record<string, string>> = {};
  #lastCommand = 0;
  #starting = 0;
  #hasWorked = false;
  /** Why it ends, once it does. */
  #endCause: Cause | undefined;

  constructor(id: string, source: SandboxSource, { enclosure, warm, wants, isNew }: SandboxParts) {
    this.id = id;
    this.isNew = isNew;
    this.#source = source;
    this.#enclosure = enclosure;
    this.#warm = new Map(warm);
    this.#wants = wants;
    this.#spare = setTimeout(() => this.#closeSpare('node'), spareMs).unref();
    this.files = new FileAgents(() => enclosure.openFileAgent());
  }

  get info(): Omit<SandboxInfo, keyof Lifetime> {
    return {
      id: this.id,
      createdAt: this.createdAt.toISOString(),
      lastUsed: new Date(this.#lastUsed()).toISOString(),
      backend: 'namespaces',
      contexts: this.listContexts(),
    };
  }

  /** True when nothing has ever worked in it, and nothing is being tried. */
  get unused(): boolean {
    return !this.#hasWorked && this.#starting === 0 && this.#commands.size === 0 && this.files.unused;
  }

  /** Since when nothing has run in it that somebody waits for, in milliseconds since 1970; undefined while something does. */
  get idleSince(): number | undefined {
    const isBusy = this.#starting > 0 || this.files.isBusy || [...this.#contexts.values()].some(({ busy }) => busy);
    return isBusy || [...this.#commands.keys()].some(({ keepsAwake }) => keepsAwake) ? undefined : this.#lastUsed();
  }

  /** The environment variables that were set for all that runs in it. */
  get envVars(): Readonly<Record<string, string>> {
    return this.#envVars;
  }

  /** Sets environment variables for all that runs in it from now on; null takes one away. Throws `invalid_request` when they are too many. */
  setEnvVars(changes: Readonly<Record<string, string | null>>): void {
    const both = Object.entries({ ...this.#envVars, ...changes });
    const after = both.filter((entry): entry is [string, string] => entry[1] !== null);
    const bytes = after.reduce((sum, entry) => sum + Buffer.byteLength(entry.join('=')), 0);
    const { envBytes } = this.#source.limits;
    if (bytes > envBytes) {
      throw new SandboxError('invalid_request', {
        message: `envVars: the environment of the sandbox would have ${bytes} bytes, and ${envBytes} is the most`,
        hint: 'put large values into files',
        details: { bytes, limit: envBytes },
      });
    }
    this.#envVars = Object.fromEntries(after);
    this.#hasWorked = true;
  }

  /** Starts a command, and settles when it runs. Throws `too_many_commands`, `cwd_unusable`, `program_not_found`, `program_unusable`, `command_start_failed`. */
  async run(command: Command): Promise<void> {
    const { maxCommands } = this.#source.limits;
    if (this.#commands.size >= maxCommands) {
      throw new SandboxError('too_many_commands', {
        message: `sandbox ${this.id} already runs ${maxCommands} commands`,
        hint: 'wait for one to end, or kill processes that are no longer needed',
        details: { limit: maxCommands },
      });
    }
    // It may install packages that a kernel which was started before it does not have.
    this.#closeSpare('python');
    const started = Promise.withResolvers<boolean>();
    const settled = started.promise.then(async (runs) => {
      if (runs) await command.ended;
      this.#commands.delete(command);
      this.#lastCommand = Date.now();
    });
    this.#commands.set(command, settled);
    const { command: line, cwd = '/workspace', env: envVars = {}, stdin } = command.request;
    try {
      command.begin(await this.openProgram({ argv: toArgv(line), cwd, envVars, stdin }, command));
      started.resolve(true);
      this.#hasWorked = true;
      if (this.#endCause) command.stop(this.#endCause);
    } catch (error) {
      started.resolve(false);
      await settled;
      throw error;
    }
  }

  /** Starts a program. Throws `cwd_unusable`, `program_not_found`, `program_unusable`, `command_start_failed`. */
  openProgram(program: Program, sink: ProgramSink): Promise<CommandProcess> {
    const envVars = { ...this.#envVars, ...program.envVars };
    return this.#enclosure.openProgram({ ...program, envVars }, sink);
  }

  /** The pid of the process that holds its namespaces, as the host sees it. */
  holderPid(): Promise<number> {
    return this.#enclosure.holderPid();
  }

  listContexts(): ContextInfo[] {
    return [...this.#contexts.values()].map(({ info }) => info);
  }

  /** Throws `context_not_found`. */
  getContext(contextId: string): Context {
    const context = this.#contexts.get(contextId);
    if (!context) throw contextNotFound(this.id, contextId);
    return context;
  }

  /** The default context of a language: made at its first use, once, however many ask at the same time. */
  defaultContext(language: Language): Promise<Context> {
    const found = this.#defaults.get(language);
    if (found) return found;
    const made = this.createContext({ language });
    this.#defaults.set(language, made);
    made.catch(() => this.#defaults.delete(language));
    return made;
  }

  /** Makes a context and starts its kernel. Throws `too_many_contexts`, `cwd_unusable`, `kernel_start_failed`, and `sandbox_not_found` or `host_closing` when the sandbox ends meanwhile. */
  async createContext({ language = 'python', cwd = '/workspace', envVars = {} }: ContextRequest): Promise<Context> {
    const { maxContexts, maxQueued } = this.#source.limits;
    if (this.#contexts.size + this.#starting >= maxContexts) {
      throw new SandboxError('too_many_contexts', {
        message: `sandbox ${this.id} already has ${maxContexts} contexts`,
        hint: 'delete contexts that are no longer needed, or use another sandbox',
        details: { limit: maxContexts },
      });
    }
    const context = new Context({
      id: randomUUID(),
      language,
      cwd,
      env: () => this.#enclosure.toEnv(this.#toPlace(cwd, envVars)),
      maxQueued,
      openKernel: (sink) => this.#openKernel(language, this.#toPlace(cwd, envVars), sink),
    });
    this.#starting++;
    try {
      await context.start();
    } catch (error) {
      // What fails since the sandbox ends meanwhile is told that, and not how its processes were ended.
      throw this.#endCause ? ended(this.id, this.#endCause) : error;
    } finally {
      this.#starting--;
    }
    if (this.#endCause) {
      await context.close(this.#endCause);
      throw ended(this.id, this.#endCause);
    }
    this.#hasWorked = true;
    this.#contexts.set(context.id, context);
    return context;
  }

  /** A kernel that waits, and that nobody will ask for, is not worth its memory. */
  #closeSpare(kind: KernelKind): void {
    const spare = this.#warm.get(kind);
    this.#warm.delete(kind);
    void spare?.close();
  }

  #lastUsed(): number {
    const used = [...this.#contexts.values()].map(({ lastUsed }) => lastUsed.getTime());
    return Math.max(this.createdAt.getTime(), this.#lastCommand, this.files.lastUsed, ...used);
  }

  #toPlace(cwd: string, envVars: Readonly<Record<string, string>>): Place {
    return { cwd, envVars: { ...this.#envVars, ...envVars } };
  }

  /** A kernel that already waits, where that is as good as a new one; else a new one. */
  async #openKernel(language: Language, place: Place, sink: KernelSink): Promise<OpenedKernel> {
    const fits = place.cwd === blankPlace.cwd;
    const kind = toKernelKind(language);
    this.#wants(kind);
    const warm = fits ? this.#warm.get(kind) : undefined;
    if (warm) this.#warm.delete(kind);
    const taken = warm?.take(sink);
    // Its environment changes with its first execution.
    if (taken) return { kernel: taken, env: this.#enclosure.toEnv(blankPlace) };
    return { kernel: await this.#enclosure.openKernel(kind, place, sink), env: this.#enclosure.toEnv(place) };
  }

  /** Ends a context and every process in it. Throws `context_not_found`. */
  async deleteContext(contextId: string): Promise<void> {
    const context = this.getContext(contextId);
    this.#contexts.delete(contextId);
    for (const [language, promise] of this.#defaults) {
      if ((await promise.catch(() => undefined)) === context) this.#defaults.delete(language);
    }
    await context.close(removedBy('its context was deleted'));
  }

  /** Ends every process of the sandbox; the workspace stays. */
  async close(cause: Cause): Promise<void> {
    this.#endCause = cause;
    clearTimeout(this.#spare);
    for (const command of this.#commands.keys()) command.stop(cause);
    const contexts = [...this.#contexts.values()].map((context) => context.close(cause));
    await Promise.all([...contexts, this.files.close(ended(this.id, cause))]);
    await Promise.all(this.#commands.values());
    await Promise.all([...this.#warm.values()].map((kernel) => kernel.close()));
    await this.#enclosure.close();
  }
}

function ended(sandboxId: string, { ename }: Cause): SandboxError {
  if (ename === 'Quicksand.HostClosing') return hostClosing();
  return new SandboxError('sandbox_not_found', {
    message: `sandbox ${sandboxId} ended in the meantime`,
    hint: 'its next use starts it again',
    details: { sandboxId },
  });
}

function contextNotFound(sandboxId: string, contextId: string): SandboxError {
  return new SandboxError('context_not_found', {
    message: `sandbox ${sandboxId} has no context ${contextId}`,
    hint: 'create one, or leave the context out to use the default one',
    details: { sandboxId, contextId },
  });
}
