import type { Execution } from './execution.ts';
import type { HostLimits } from './host-limits.ts';

interface Entry {
  readonly sandboxId: string;
  readonly key: string;
  readonly execution: Promise<Execution>;
}

/** Most ended executions that are remembered; beyond that the oldest is forgotten before its time. */
const maxEnded = 10_000;

/** The executions that clients may still ask about: all that have not ended, and ended ones for a while (R7). */
export class ExecutionStore {
  readonly #limits: Pick<HostLimits, 'allLogBytes' | 'logKeepMs'>;
  readonly #entries = new Map<string, Entry>();
  /** Ended ones, oldest first; and those of them whose events are still held. */
  readonly #ended = new Map<Entry, Execution>();
  readonly #withEvents = new Map<Entry, Execution>();
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: Pick<HostLimits, 'allLogBytes' | 'logKeepMs'>) {
    this.#limits = limits;
  }

  find(sandboxId: string, executionId: string): Promise<Execution> | undefined {
    return this.#entries.get(toKey(sandboxId, executionId))?.execution;
  }

  /**
   * Adds what `create` makes under an id that is free. The id is taken at once, so that a repeated request attaches; it is free again when `create`
   * throws.
   */
  async add(sandboxId: string, executionId: string, create: () => Promise<Execution>): Promise<Execution> {
    const key = toKey(sandboxId, executionId);
    const entry: Entry = { sandboxId, key, execution: create() };
    this.#entries.set(key, entry);
    try {
      const execution = await entry.execution;
      void execution.ended.then(() => this.#keep(entry, execution));
      return execution;
    } catch (error) {
      this.#forget(entry);
      throw error;
    }
  }

  /** Forgets the executions of a sandbox that was destroyed; open streams read on to their end. */
  forgetSandbox(sandboxId: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.sandboxId === sandboxId) this.#forget(entry);
    }
  }

  /** Stops the timer. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #keep(entry: Entry, execution: Execution): void {
    if (this.#entries.get(entry.key) !== entry) return;
    this.#ended.set(entry, execution);
    this.#withEvents.set(entry, execution);
    this.#heldBytes += execution.log.heldBytes;
    this.#sweep();
  }

  #sweep(): void {
    const oldestKept = Date.now() - this.#limits.logKeepMs;
    for (const [entry, { endedAt }] of this.#ended) {
      if (endedAt > oldestKept && this.#ended.size <= maxEnded) break;
      this.#forget(entry);
    }
    for (const [entry, { log }] of this.#withEvents) {
      if (this.#heldBytes <= this.#limits.allLogBytes) break;
      if (log.hasReaders) continue;
      // The execution itself stays known: asking for its events is a clear 410, and a repeated POST runs nothing.
      this.#heldBytes -= log.heldBytes;
      this.#withEvents.delete(entry);
      log.clear();
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [oldest] = this.#ended.values();
    if (oldest) this.#timer = setTimeout(() => this.#sweep(), Math.max(1000, oldest.endedAt - oldestKept)).unref();
  }

  #forget(entry: Entry): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    this.#heldBytes -= this.#withEvents.get(entry)?.log.heldBytes ?? 0;
    this.#withEvents.delete(entry);
    this.#ended.delete(entry);
  }
}

function toKey(sandboxId: string, executionId: string): string {
  return `${sandboxId}/${executionId}`;
}
