import { randomUUID } from 'node:crypto';
import { type Holder, type SandboxGroup, findChild, openHolder } from '@quicksand/isolation';
import {
  type ContextInfo,
  type ContextRequest,
  type Language,
  type SandboxInfo,
  SandboxError,
} from '@quicksand/protocol';
import { Context, removedBy } from './context.ts';
import type { Cause } from './execution.ts';
import type { KernelSink } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import type { SandboxSource } from './sandbox-source.ts';
import { openKernel } from './open-kernel.ts';
import type { Workspace } from './workspace-store.ts';

/** Languages that this host has kernels for. */
export const supportedLanguages: readonly Language[] = ['python'];

/** An isolated place with a file system and limits. Its contexts are its kernels. */
export class Sandbox {
  readonly id: string;
  readonly createdAt: Date = new Date();
  readonly #source: SandboxSource;
  readonly #workspace: Workspace;
  readonly #contexts = new Map<string, Context>();
  readonly #defaults = new Map<Language, Promise<Context>>();
  #group: Promise<SandboxGroup> | undefined;
  #holder: Promise<Holder> | undefined;
  #adopted: Promise<void> = Promise.resolve();
  #starting = 0;
  #closed = false;

  constructor(id: string, source: SandboxSource, workspace: Workspace) {
    this.id = id;
    this.#source = source;
    this.#workspace = workspace;
  }

  /** Starts the holder, so that a sandbox that cannot work is never handed out. */
  async start(): Promise<void> {
    this.#group ??= this.#source.cgroups.openSandbox(randomUUID(), this.#source.limits);
    await Promise.all([this.#ensureHolder(), this.#group, this.#source.cgroups.prime()]);
  }

  get info(): SandboxInfo {
    const used = [...this.#contexts.values()].map(({ lastUsed }) => lastUsed.getTime());
    return {
      id: this.id,
      createdAt: this.createdAt.toISOString(),
      lastUsed: new Date(Math.max(this.createdAt.getTime(), ...used)).toISOString(),
      backend: 'namespaces',
      contexts: this.listContexts(),
    };
  }

  /** True when it has no context and none is being made. */
  get unused(): boolean {
    return this.#contexts.size === 0 && this.#starting === 0;
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

  /** Makes a context and starts its kernel. Throws `too_many_contexts`, `cwd_unusable`, `kernel_start_failed`. */
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
      envVars,
      maxQueued,
      openKernel: (sink) => this.#openKernel({ cwd, envVars }, sink),
    });
    this.#starting++;
    try {
      await context.start();
    } finally {
      this.#starting--;
    }
    if (this.#closed) {
      await context.close(removedBy('its sandbox was deleted'));
      throw contextNotFound(this.id, context.id);
    }
    this.#contexts.set(context.id, context);
    return context;
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
    this.#closed = true;
    await Promise.all([...this.#contexts.values()].map((context) => context.close(cause)));
    const holder = await this.#holder?.catch(() => undefined);
    await holder?.[Symbol.asyncDispose]();
    const group = await this.#group?.catch(() => undefined);
    await group?.close();
  }

  /** Puts the holder under the limits of the sandbox (I1). */
  async #adopt({ pid, bubblewrapPid, ended }: Holder): Promise<void> {
    const group = await this.#group;
    const waiting = findChild(pid);
    try {
      await group?.adoptHolder([bubblewrapPid, pid, ...(waiting === undefined ? [] : [waiting])]);
    } catch (error) {
      // It ended in the meantime: then there is nothing that would have to be limited.
      const gone = await Promise.race([ended.then(() => true), Promise.resolve(false)]);
      if (!gone) throw error;
    }
  }

  async #openKernel(
    { cwd, envVars }: { cwd: string; envVars: Readonly<Record<string, string>> },
    sink: KernelSink,
  ): Promise<Kernel> {
    const { pid } = await this.#ensureHolder();
    const env = { ...this.#source.env, PWD: cwd, ...envVars };
    const group = (await this.#group) as SandboxGroup;
    const request = { holderPid: pid, group, uid: this.#workspace.uid, cwd, env };
    const [kernel] = await Promise.all([openKernel(this.#source, request, sink), this.#adopted]);
    return kernel;
  }

  /** The holder, a new one when the last one ended: code can end its own sandbox. */
  #ensureHolder(): Promise<Holder> {
    if (this.#closed)
      return Promise.reject(new SandboxError('sandbox_not_found', { message: `sandbox ${this.id} was deleted` }));
    if (this.#holder) return this.#holder;
    const { uid, folder: workspace } = this.#workspace;
    const { etc, readOnly, limits, bubblewrap, seccompFilter } = this.#source;
    const policy = { workspace, etc, readOnly, limits };
    const opened = openHolder({ policy, uid, gid: uid, bubblewrap, seccompFilter });
    this.#holder = opened;
    const forget = (): void => {
      if (this.#holder === opened) this.#holder = undefined;
    };
    opened.then(({ ended }) => ended.then(forget), forget);
    this.#adopted = opened.then((holder) => this.#adopt(holder));
    this.#adopted.catch(() => {});
    return opened;
  }
}

/** Throws `unsupported_language`. */
export function assertSupported(language: Language): void {
  if (supportedLanguages.includes(language)) return;
  throw new SandboxError('unsupported_language', {
    message: `this host has no kernel for ${language}`,
    hint: `it has: ${supportedLanguages.join(', ')}`,
    details: { language, supported: supportedLanguages },
  });
}

function contextNotFound(sandboxId: string, contextId: string): SandboxError {
  return new SandboxError('context_not_found', {
    message: `sandbox ${sandboxId} has no context ${contextId}`,
    hint: 'create one, or leave the context out to use the default one',
    details: { sandboxId, contextId },
  });
}
