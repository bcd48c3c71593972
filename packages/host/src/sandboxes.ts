import { SandboxError } from '@quicksand/protocol';
import { removedBy } from './context.ts';
import { Enclosure } from './enclosure.ts';
import type { Cause } from './execution.ts';
import type { SandboxSource } from './sandbox-source.ts';
import { Sandbox } from './sandbox.ts';
import type { SandboxPool } from './sandbox-pool.ts';
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
  readonly #closing = new Map<string, Promise<void>>();
  #closed = false;

  constructor({ source, workspaces, pool }: SandboxesParts) {
    this.#source = source;
    this.#workspaces = workspaces;
    this.#pool = pool;
  }

  get size(): number {
    return this.#open.size;
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
      hint: 'a sandbox starts when code runs or a context is created in it',
      details: { sandboxId: id },
    });
  }

  /**
   * Does something in a sandbox that starts for it if it does not run. When that fails and the sandbox was new, nothing of it is left. Throws what
   * {@link open} and `work` throw.
   */
  async use<T>(id: string, work: (sandbox: Sandbox) => Promise<T>): Promise<T> {
    const isNew = !this.#open.has(id) && !(await this.#workspaces.has(id));
    const sandbox = await this.open(id);
    try {
      return await work(sandbox);
    } catch (error) {
      if (isNew && sandbox.unused) await this.destroy(id, removedBy('its sandbox was never used'));
      throw error;
    }
  }

  /** The sandbox, started if it does not run. Throws `too_many_sandboxes`, `sandbox_start_failed`, `host_closing`. */
  async open(id: string): Promise<Sandbox> {
    await this.#closing.get(id);
    if (this.#closed)
      throw new SandboxError('host_closing', { message: 'the host is shutting down', hint: 'try another host' });
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
    started.catch(() => this.#open.delete(id));
    return started;
  }

  /** Ends a sandbox and removes its files. Throws `sandbox_not_found` when it does not run and has no files. */
  async destroy(id: string, cause: Cause): Promise<void> {
    const found = this.#open.get(id);
    if (!found && !this.#closing.has(id)) {
      if (!(await this.#workspaces.has(id))) await this.find(id);
    }
    this.#open.delete(id);
    const before = this.#closing.get(id);
    const closing = (async () => {
      await before;
      const sandbox = await found?.catch(() => undefined);
      await sandbox?.close(cause);
      await this.#workspaces.remove(id);
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
    const all = await this.list();
    await Promise.all(all.map((sandbox) => sandbox.close(cause)));
    await Promise.all(this.#closing.values());
    this.#open.clear();
  }

  async #start(id: string): Promise<Sandbox> {
    using _ = this.#pool.hold();
    const isNew = !(await this.#workspaces.has(id));
    // A kept workspace has a uid of its own, and cannot take the place of a blank one.
    const blank = isNew ? this.#pool.take() : undefined;
    if (blank) {
      await blank.workspace.claim(id);
      return new Sandbox(id, this.#source, blank);
    }
    const enclosure = new Enclosure(this.#source, await this.#workspaces.open(id));
    try {
      await enclosure.start();
    } catch (error) {
      await enclosure.close();
      throw error;
    }
    return new Sandbox(id, this.#source, { enclosure, warm: new Map() });
  }
}
