import type { EventLog } from './event-log.ts';
import type { HostLimits } from './host-limits.ts';

/** Something that runs once, ends, and whose events clients may still ask about. */
export interface Run {
  readonly log: EventLog;
  /** Settles when the log has ended; `endedAt` is then its time. */
  readonly ended: Promise<void>;
  readonly endedAt: number;
  /** True for one that is not forgotten some time after its end. */
  readonly isKept?: boolean;
}

interface Entry<T> {
  readonly sandboxId: string;
  readonly key: string;
  readonly run: Promise<T>;
}

/** Most ended runs that are remembered; beyond that the oldest is forgotten before its time. */
const maxEnded = 10_000;

/** The runs that clients may still ask about: all that have not ended, and ended ones for a while (R7). */
export class RunStore<T extends Run> {
  readonly #limits: Pick<HostLimits, 'allLogBytes' | 'logKeepMs'>;
  readonly #entries = new Map<string, Entry<T>>();
  /** Ended ones, oldest first; and those of them whose events are still held. */
  readonly #ended = new Map<Entry<T>, T>();
  readonly #withEvents = new Map<Entry<T>, T>();
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: Pick<HostLimits, 'allLogBytes' | 'logKeepMs'>) {
    this.#limits = limits;
  }

  find(sandboxId: string, id: string): Promise<T> | undefined {
    return this.#entries.get(toKey(sandboxId, id))?.run;
  }

  /** Those of a sandbox that have started, in the order in which they were asked for. */
  async list(sandboxId: string): Promise<T[]> {
    const entries = [...this.#entries.values()].filter((entry) => entry.sandboxId === sandboxId);
    const runs = await Promise.all(entries.map(({ run }) => run.catch(() => undefined)));
    return runs.filter((run) => run !== undefined);
  }

  /**
   * Adds what `create` makes under an id that is free. The id is taken at once, so that a repeated request attaches; it is free again when `create`
   * throws.
   */
  async add(sandboxId: string, id: string, create: () => Promise<T>): Promise<T> {
    const key = toKey(sandboxId, id);
    const entry: Entry<T> = { sandboxId, key, run: create() };
    this.#entries.set(key, entry);
    try {
      const run = await entry.run;
      void run.ended.then(() => this.#keep(entry, run));
      return run;
    } catch (error) {
      this.#forget(entry);
      throw error;
    }
  }

  /** Forgets what belongs to a sandbox that was destroyed; open streams read on to their end. */
  forgetSandbox(sandboxId: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.sandboxId === sandboxId) this.#forget(entry);
    }
  }

  /** Forgets the ended ones of a sandbox, and says how many there were. */
  forgetEnded(sandboxId: string): number {
    const entries = [...this.#ended.keys()].filter((entry) => entry.sandboxId === sandboxId);
    for (const entry of entries) this.#forget(entry);
    return entries.length;
  }

  /** Stops the timer. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #keep(entry: Entry<T>, run: T): void {
    if (this.#entries.get(entry.key) !== entry) return;
    this.#ended.set(entry, run);
    this.#withEvents.set(entry, run);
    this.#heldBytes += run.log.heldBytes;
    this.#sweep();
  }

  #sweep(): void {
    const oldestKept = Date.now() - this.#limits.logKeepMs;
    let oldest: T | undefined;
    for (const [entry, run] of this.#ended) {
      const isOld = run.endedAt <= oldestKept && !run.isKept;
      if (isOld || this.#ended.size > maxEnded) this.#forget(entry);
      else if (!run.isKept) {
        oldest = run;
        break;
      }
    }
    for (const [entry, { log }] of this.#withEvents) {
      if (this.#heldBytes <= this.#limits.allLogBytes) break;
      if (log.hasReaders) continue;
      // The run itself stays known: asking for its events is a clear 410, and a repeated POST runs nothing.
      this.#heldBytes -= log.heldBytes;
      this.#withEvents.delete(entry);
      log.clear();
    }
    if (!oldest || this.#timer) return;
    const again = (): void => {
      this.#timer = undefined;
      this.#sweep();
    };
    this.#timer = setTimeout(again, Math.max(1000, oldest.endedAt - oldestKept)).unref();
  }

  #forget(entry: Entry<T>): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    this.#heldBytes -= this.#withEvents.get(entry)?.log.heldBytes ?? 0;
    this.#withEvents.delete(entry);
    this.#ended.delete(entry);
  }
}

function toKey(sandboxId: string, id: string): string {
  return `${sandboxId}/${id}`;
}
