import { encodeEvent } from './encode-event.ts';
import { freeBytes } from './free-bytes.ts';

// Keeps R7 (resumable, bounded) and R8 (back-pressure).

/** Reads an {@link EventLog} from one position. */
export interface LogReader {
  /** Encoded events that are there and were not taken yet, at most `bytes` of them or one; empty when there are none. */
  take(bytes: number): Uint8Array[];
  /** Id of the last event that was taken, or was not wanted. */
  readonly taken: number;
  /** The bytes of events up to `id` are needed no more: their memory goes back as soon as they are dropped. */
  giveBack(id: number): void;
  /** True when nothing more can be taken: the log has ended and everything was, or what comes next is no longer held. */
  readonly finished: boolean;
  /** Settles when something can be taken, the log has ended, or the reader was closed. */
  changed(): Promise<void>;
  /** The reader is gone; what it did not take no longer waits for it. */
  close(): void;
}

/** How an {@link EventLog} is kept. */
export interface EventLogOptions {
  /** How much is kept, in bytes. */
  readonly maxBytes: number;
  /** Called when the log is no longer full. */
  readonly onDrain: () => void;
  /** True for one that is never full: its oldest events make room, and a reader that is too slow is cut off. */
  readonly isRolling?: boolean;
}

interface Cursor {
  next: number;
  /** Whoever took events from this id on may still need their bytes. */
  lent: number;
  wake: (() => void) | undefined;
}

const nobody: readonly Cursor[] = [];

/**
 * The encoded events of one execution or command. Events that the readers took are kept for a resume as long as there is room; events that nobody took are
 * never dropped: the log is {@link full} instead, and the code has to wait.
 */
export class EventLog {
  readonly #maxBytes: number;
  readonly #isRolling: boolean;
  /** Only while it may be called: ended logs are many. */
  #onDrain: (() => void) | undefined;
  #cursors: readonly Cursor[] = nobody;
  /** Events `#first` … `lastId`, from index `#head`; what is before that was dropped. */
  #entries: (Uint8Array | undefined)[] = [];
  #head = 0;
  #first = 1;
  #heldBytes = 0;
  /** Events up to this id were taken: by the slowest reader, or, without one, by any that there was. */
  #floor = 0;
  #taken = 0;
  #untakenBytes = 0;
  /** What readers that are gone had taken from this id on, and never gave back, is left to V8. */
  #lost: number | undefined;
  #ended = false;
  #full = false;

  constructor({ maxBytes, onDrain, isRolling = false }: EventLogOptions) {
    this.#maxBytes = maxBytes;
    this.#onDrain = onDrain;
    this.#isRolling = isRolling;
  }

  /** Bytes that the log holds. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** True when what nobody took fills the log. */
  get full(): boolean {
    return this.#full;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** True while somebody reads. */
  get hasReaders(): boolean {
    return this.#cursors.length > 0;
  }

  /** Id of the oldest event that is held; one above {@link lastId} where there is none. */
  get firstId(): number {
    return this.#first;
  }

  /** Id of the last event; 0 before the first. */
  get lastId(): number {
    return this.#first + this.#entries.length - this.#head - 1;
  }

  /** Adds an event, live (R1): readers wake at once. Ids count 1, 2, 3 … (R7). */
  append(event: object): void {
    if (this.#ended) throw new Error('the log has ended');
    const bytes = encodeEvent(this.lastId + 1, event);
    this.#entries.push(bytes);
    this.#heldBytes += bytes.length;
    this.#untakenBytes += bytes.length;
    this.#settle();
    this.#wake();
  }

  /** Ends the log: readers finish after the last event. Many ended ones are kept for a while, so that they hold no room to grow. */
  end(): void {
    this.#ended = true;
    if (!this.#full) this.#onDrain = undefined;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
    this.#wake();
  }

  /** Drops everything that is held, to make room for others. Only for a log that has ended and has no readers. */
  clear(): void {
    if (this.hasReaders || !this.#ended) throw new Error('the log is in use');
    this.#first = this.lastId + 1;
    this.#entries = [];
    this.#head = 0;
    this.#heldBytes = 0;
  }

  /** The encoded events that are held. */
  held(): Uint8Array[] {
    return this.#entries.slice(this.#head).filter((entry) => entry !== undefined);
  }

  /** A reader of everything after the event `after`; undefined when some of it is no longer held, or `after` never was. */
  read(after: number): LogReader | undefined {
    if (after < this.#first - 1 || after > this.lastId) return undefined;
    const cursor: Cursor = { next: after + 1, lent: after + 1, wake: undefined };
    this.#cursors = [...this.#cursors, cursor];
    this.#settle();
    const isFinished = (): boolean => (this.#ended && cursor.next > this.lastId) || cursor.next < this.#first;
    return {
      take: (bytes) => this.#take(cursor, bytes),
      get taken() {
        return cursor.next - 1;
      },
      giveBack: (id) => {
        cursor.lent = id + 1;
      },
      get finished() {
        return isFinished();
      },
      changed: () =>
        isFinished() || this.#ended || cursor.next <= this.lastId
          ? Promise.resolve()
          : new Promise((resolve) => (cursor.wake = resolve)),
      close: () => {
        const others = this.#cursors.filter((other) => other !== cursor);
        this.#cursors = others.length === 0 ? nobody : others;
        if (cursor.lent < cursor.next) this.#lost = Math.min(this.#lost ?? Infinity, cursor.lent);
        cursor.wake?.();
        this.#settle();
      },
    };
  }

  #take(cursor: Cursor, bytes: number): Uint8Array[] {
    const taken: Uint8Array[] = [];
    if (cursor.next < this.#first) return taken;
    for (let room = bytes; cursor.next <= this.lastId; cursor.next++) {
      const entry = this.#entry(cursor.next);
      if (taken.length > 0 && entry.length > room) break;
      taken.push(entry);
      room -= entry.length;
    }
    this.#taken = Math.max(this.#taken, cursor.next - 1);
    this.#settle();
    return taken;
  }

  #entry(id: number): Uint8Array {
    const entry = this.#entries[this.#head + id - this.#first];
    if (!entry) throw new Error(`event ${id} is not held`);
    return entry;
  }

  #settle(): void {
    const maxBytes = this.#maxBytes;
    if (this.#isRolling) {
      while (this.#heldBytes > maxBytes && this.#first < this.lastId) this.#drop();
      return;
    }
    let floor = this.#cursors.length === 0 ? this.#taken : Infinity;
    for (const { next } of this.#cursors) floor = Math.min(floor, next - 1);
    for (; this.#floor < floor; this.#floor++) this.#untakenBytes -= this.#entry(this.#floor + 1).length;
    for (; this.#floor > floor; this.#floor--) this.#untakenBytes += this.#entry(this.#floor).length;
    while (this.#heldBytes > maxBytes && this.#first <= this.#floor) this.#drop();
    const wasFull = this.#full;
    this.#full = this.#untakenBytes >= maxBytes;
    if (wasFull && !this.#full) this.#onDrain?.();
  }

  #drop(): void {
    const entry = this.#entry(this.#first);
    this.#heldBytes -= entry.length;
    if (!this.#isLent(this.#first)) freeBytes(entry);
    this.#entries[this.#head] = undefined; // the bytes must not stay with the array
    this.#first++;
    this.#head++;
    // Keeps dropping cheap: the array is cut only now and then.
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  #isLent(id: number): boolean {
    return (this.#lost !== undefined && id >= this.#lost) || this.#cursors.some(({ lent }) => id >= lent);
  }

  #wake(): void {
    for (const cursor of this.#cursors) {
      cursor.wake?.();
      cursor.wake = undefined;
    }
  }
}
