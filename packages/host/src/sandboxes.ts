import { type LifetimeChanges, type SandboxInfo, SandboxError } from '@quicksand/protocol';
import { type Cause, removedBy } from './cause.ts';
import { Enclosure } from './enclosure.ts';
import { hostClosing } from './host-closing.ts';
import type { SandboxSource } from './sandbox-source.ts';
import { Sandbox } from './sandbox.ts';
import type { KernelKind } from './kernel-program.ts';
import { type SandboxPool, discardBlank } from './sandbox-pool.ts';
import { SleepTimer } from './sleep-timer.ts';
import { waitForAll } from './wait-for-all.ts';
import type { Workspaces } from './workspaces.ts';

/** What {@link Sandboxes} are made of. */
export interface SandboxesParts {
  readonly source: SandboxSource;
  readonly workspaces: Workspaces;
  readonly pool: SandboxPool;
}

/** The sandboxes of a host, by the caller's id. A sandbox starts by itself at its first use. */
export class Sandboxes {
  readonly #source: SandboxSource;
  readonly #workspaces: Workspaces;
  readonly #pool: SandboxPool;
  readonly #open = new Map<string, Promise<Sandbox>>();
  /** Those of them that have started. */
  readonly #started = new Map<string, Sandbox>();
  readonly #closing = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, SleepTimer>();
  /** How many do something in each just now. */
  readonly #users = new Map<string, number>();
  #closed = false;

  constructor({ source, workspaces, pool }: SandboxesParts) {
    this.#source = source;
    this.#workspaces = workspaces;
    this.#pool = pool;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The ids of all sandboxes that have started. */
  get startedIds(): string[] {
    return [...this.#started.keys()];
  }

  /** All sandboxes that have started. */
  async list(): Promise<Sandbox[]> {
    const all = await Promise.all([...this.#open.values()].map((sandbox) => sandbox.catch(() => undefined)));
    return all.filter((sandbox) => sandbox !== undefined);
  }

  /** The sandbox if it runs. Throws `sandbox_not_found`. */
  async find(id: string): Promise<Sandbox> {
    const found = await this.#open.get(id);
    if (found) return found;
    throw new SandboxError('sandbox_not_found', {
      message: `there is no sandbox ${id}`,
      hint: 'is the name right? A sandbox starts at its first use: code, a command, a context or a file',
      details: { sandboxId: id },
    });
  }

  /**
   * Does something in a sandbox that starts for it if it does not run. When that fails, as everything did that was begun meanwhile, and the sandbox was new,
   * nothing of it is left. Throws what {@link open} and `work` throw.
   */
  async use<T>(id: string, work: (sandbox: Sandbox) => Promise<T> | T): Promise<T> {
    this.#users.set(id, (this.#users.get(id) ?? 0) + 1);
    try {
      return await work(await this.open(id));
    } finally {
      await this.#leave(id);
    }
  }

  /** The last to leave a sandbox in which nothing has ever worked removes it. */
  async #leave(id: string): Promise<void> {
    const others = (this.#users.get(id) ?? 0) - 1;
    if (others > 0) {
      this.#users.set(id, others);
      return;
    }
    this.#users.delete(id);
    const sandbox = this.#started.get(id);
    if (sandbox?.isNew && sandbox.unused) await this.destroy(id, removedBy('its sandbox was never used'));
  }

  /** The sandbox, started if it does not run. Throws `too_many_sandboxes`, `sandbox_start_failed`, `host_closing`. */
  async open(id: string): Promise<Sandbox> {
    // Another end may have begun in the meantime.
    while (this.#closing.has(id)) await this.#closing.get(id);
    if (this.#closed) throw hostClosing();
    const found = this.#open.get(id);
    if (found) return found;
    const { maxSandboxes } = this.#source.limits;
    if (this.#open.size >= maxSandboxes) {
      throw new SandboxError('too_many_sandboxes', {
        message: `this host already runs ${maxSandboxes} sandboxes`,
        hint: 'destroy sandboxes that are no longer needed, or try again later',
        details: { limit: maxSandboxes },
      });
    }
    const started = this.#start(id);
    this.#open.set(id, started);
    started.then(
      (sandbox) => this.#open.get(id) === started && this.#started.set(id, sandbox),
      () => this.#open.delete(id),
    );
    return started;
  }

  /** Keeps a sandbox awake while a request of it is answered, and changes its lifetime, whether it runs already or starts for this. */
  hold(id: string, changes: LifetimeChanges | undefined): Disposable {
    const timer = this.#timers.get(id) ?? this.#addTimer(id);
    timer.hold();
    if (changes) timer.change(changes);
    let isReleased = false;
    return {
      [Symbol.dispose]: () => {
        if (isReleased) return;
        isReleased = true;
        timer.release();
        if (!timer.isHeld && !this.#open.has(id)) this.#removeTimer(id);
      },
    };
  }

  /** What callers are told about a sandbox. */
  describe(sandbox: Sandbox): SandboxInfo {
    const lifetime = this.#timers.get(sandbox.id)?.lifetime;
    return { ...sandbox.info, ...(lifetime ?? { sleepAfter: this.#source.limits.sleepAfterMs, keepAlive: false }) };
  }

  /** Ends the processes of a sandbox, if it runs; its files stay, and its next use starts it again. */
  async sleep(id: string): Promise<void> {
    if (this.#open.has(id)) await this.#end(id, removedBy('its sandbox was put to sleep'));
  }

  /** The same for a cause of the host's own. */
  async stop(id: string, cause: Cause): Promise<void> {
    if (!this.#closed && this.#open.has(id)) await this.#end(id, cause);
  }

  /** Ends a sandbox and removes its files. Throws `sandbox_not_found` when it does not run and has no files. */
  async destroy(id: string, cause: Cause): Promise<void> {
    if (!this.#open.has(id) && !this.#closing.has(id)) {
      if (!(await this.#workspaces.has(id))) await this.find(id);
    }
    await this.#end(id, cause, () => this.#workspaces.remove(id));
  }

  /** Ends a sandbox, and does something before its next start. */
  async #end(id: string, cause: Cause, after?: () => Promise<void>): Promise<void> {
    const found = this.#open.get(id);
    this.#open.delete(id);
    this.#started.delete(id);
    if (!this.#timers.get(id)?.isHeld) this.#removeTimer(id);
    const before = this.#closing.get(id);
    const closing = (async () => {
      await before;
      const sandbox = await found?.catch(() => undefined);
      await sandbox?.close(cause);
      await after?.();
    })();
    this.#closing.set(id, closing);
    try {
      await closing;
    } finally {
      if (this.#closing.get(id) === closing) this.#closing.delete(id);
    }
  }

  /** Ends every sandbox; their workspaces stay. */
  async close(cause: Cause): Promise<void> {
    this.#closed = true;
    for (const id of this.#timers.keys()) this.#removeTimer(id);
    const all = await this.list();
    await waitForAll([...all.map((sandbox) => sandbox.close(cause)), ...this.#closing.values()]);
    this.#open.clear();
  }

  #addTimer(id: string): SleepTimer {
    const timer = new SleepTimer({
      sleepAfterMs: this.#source.limits.sleepAfterMs,
      idleSince: () => this.#started.get(id)?.idleSince,
      onIdle: () => void this.sleep(id).catch((error: Error) => this.#source.log('error', error.message)),
    });
    this.#timers.set(id, timer);
    return timer;
  }

  #removeTimer(id: string): void {
    this.#timers.get(id)?.close();
    this.#timers.delete(id);
  }

  async #start(id: string): Promise<Sandbox> {
    using _ = this.#pool.hold();
    const wants = (kind: KernelKind): void => this.#pool.want(kind);
    const isNew = !(await this.#workspaces.has(id));
    // A kept workspace has a uid of its own, and cannot take the place of a blank one.
    const blank = isNew ? this.#pool.take() : undefined;
    if (blank) {
      try {
        await blank.workspace.claim(id);
        return new Sandbox(id, this.#source, { ...blank, wants, isNew });
      } catch (error) {
        await discardBlank(blank);
        if (!(await this.#workspaces.has(id))) throw error;
      }
    }
    return new Sandbox(id, this.#source, { ...(await this.#enclose(id)), warm: new Map(), wants });
  }

  /** Around the files of a sandbox, made where there are none. */
  async #enclose(id: string): Promise<{ enclosure: Enclosure; isNew: boolean }> {
    const workspace = await this.#workspaces.open(id);
    const { isNew } = workspace;
    try {
      return { enclosure: await Enclosure.open(this.#source, workspace), isNew };
    } catch (error) {
      const isMade = await workspace.opened.then(Boolean, () => false);
      if (isNew && isMade) await this.#workspaces.remove(id);
      // Another host has made them in the meantime.
      else if (isNew && (await this.#workspaces.has(id))) return this.#enclose(id);
      throw error;
    }
  }
}
