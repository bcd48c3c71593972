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
  readonly id: string;
  /** A promise until it has ended: ended ones are many. */
  run: Promise<T> | T;
}

/** One whose run has ended. */
interface EndedEntry<T> extends Entry<T> {
  run: T;
}

/** Most ended runs that are remembered; beyond that the oldest is forgotten before its time. */
const maxEnded = 10_000;

/** The runs that clients may still ask about: all that have not ended, and ended ones for a while (R7). */
export class RunStore<T extends Run> {
  readonly #limits: Pick<HostLimits, 'allLogBytes' | 'logKeepMs'>;
  /** By sandbox, and by their own ids. */
  readonly #entries = new Map<string, Map<string, Entry<T>>>();
  /** Ended ones, oldest first; and those of them whose events are still held. */
  readonly #ended = new Set<EndedEntry<T>>();
  readonly #withEvents = new Set<EndedEntry<T>>();
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: Pick<HostLimits, 'allLogBytes' | 'logKeepMs'>) {
    this.#limits = limits;
  }

  find(sandboxId: string, id: string): Promise<T> | T | undefined {
    return this.#entries.get(sandboxId)?.get(id)?.run;
  }

  /** Those of a sandbox that have started, in the order in which they were asked for. */
  async list(sandboxId: string): Promise<T[]> {
    const entries = [...(this.#entries.get(sandboxId)?.values() ?? [])];
    const runs = await Promise.allSettled(entries.map(async ({ run }) => run));
    return runs.flatMap((run) => (run.status === 'fulfilled' ? [run.value] : []));
  }

  /**
   * Adds what `create` makes under an id that is free. The id is taken at once, so that a repeated request attaches; it is free again when `create`
   * throws.
   */
  async add(sandboxId: string, id: string, create: () => Promise<T>): Promise<T> {
    const entry: Entry<T> = { sandboxId, id, run: create() };
    const entries = this.#entries.get(sandboxId) ?? new Map<string, Entry<T>>();
    this.#entries.set(sandboxId, entries.set(id, entry));
    try {
      const run = await entry.run;
      void run.ended.then(() => this.#keep(entry, run));
      return run;
    } catch (error) {
      this.#forget(entry);
      throw error;
    }
  }

  /** Forgets the ended ones of a sandbox, and says how many there were; open streams read on to their end. */
  forgetEnded(sandboxId: string): number {
    const all = [...(this.#entries.get(sandboxId)?.values() ?? [])];
    const entries = all.filter((entry) => this.#ended.has(entry as EndedEntry<T>));
    for (const entry of entries) this.#forget(entry);
    return entries.length;
  }

  /** Stops the timer. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #keep(entry: Entry<T>, run: T): void {
    if (this.#entries.get(entry.sandboxId)?.get(entry.id) !== entry) return;
    const ended = Object.assign(entry, { run });
    this.#ended.add(ended);
    this.#withEvents.add(ended);
    this.#heldBytes += run.log.heldBytes;
    this.#sweep();
  }

  #sweep(): void {
    const oldestKept = Date.now() - this.#limits.logKeepMs;
    let oldest: T | undefined;
    for (const entry of this.#ended) {
      const { run } = entry;
      const isOld = run.endedAt <= oldestKept && !run.isKept;
      if (isOld || this.#ended.size > maxEnded) this.#forget(entry);
      else if (!run.isKept) {
        oldest = run;
        break;
      }
    }
    for (const entry of this.#withEvents) {
      const { log } = entry.run;
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
    const entries = this.#entries.get(entry.sandboxId);
    if (entries?.get(entry.id) === entry) entries.delete(entry.id);
    if (entries?.size === 0) this.#entries.delete(entry.sandboxId);
    const ended = entry as EndedEntry<T>;
    if (this.#withEvents.delete(ended)) this.#heldBytes -= ended.run.log.heldBytes;
    this.#ended.delete(ended);
  }
}
