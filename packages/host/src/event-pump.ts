import { heartbeat } from '@quicksand/protocol';
import type { LogReader } from './event-log.ts';

// Keeps R1 (live) and R8 (nothing is taken from the log before the client has room for it).

/** Where events go. */
export interface EventSink {
  /** Takes bytes, and says when it needs them no more, if it ever does; false when it wants no others before {@link EventPump.resume}. */
  write(bytes: Uint8Array, onWritten: () => void): boolean;
  /** The last bytes, perhaps none. */
  end(bytes: Uint8Array): void;
}

/** The events of one run for one client. */
export interface EventFeed {
  readonly reader: LogReader;
  /** Told when the client goes away before the end. */
  readonly onGone: () => void;
}

/** Longest quiet time on a stream before a heartbeat. The Workers runtime notices a closed connection only when it writes, so a cancel waits for it. */
const heartbeatMs = 500;
/** Most bytes handed on at once. */
const chunkBytes = 64 * 1024;

const nothing = new Uint8Array(0);

/** Carries events from a log to one client, as they happen, and a heartbeat for each quiet half second. Bursts are joined. */
export class EventPump {
  readonly #feed: EventFeed;
  readonly #sink: EventSink;
  readonly #quiet: NodeJS.Timeout;
  #hasRoom = false;
  #isPumping = false;
  #isWaiting = false;
  #closed = false;

  constructor(feed: EventFeed, sink: EventSink) {
    this.#feed = feed;
    this.#sink = sink;
    this.#quiet = setTimeout(() => this.#beat(), heartbeatMs);
  }

  /** The client has room. */
  resume(): void {
    this.#hasRoom = true;
    this.#pump();
  }

  /** The client went away. */
  cancel(): void {
    if (this.#closed) return;
    this.#close();
    this.#feed.onGone();
  }

  #pump(): void {
    if (this.#isPumping) return;
    const { reader } = this.#feed;
    this.#isPumping = true;
    while (this.#hasRoom && !this.#closed) {
      const ready = reader.take(chunkBytes);
      if (reader.finished) this.#finish(join(ready));
      else if (ready.length > 0) this.#write(join(ready));
      else break;
    }
    // The end needs no room.
    if (!this.#closed && reader.finished) this.#finish(nothing);
    this.#isPumping = false;
    if (this.#hasRoom && !this.#closed) this.#wait();
  }

  #write(bytes: Uint8Array): void {
    this.#quiet.refresh();
    this.#hasRoom = false;
    const { reader } = this.#feed;
    const { taken } = reader;
    // A sink may ask for more while it takes this.
    if (this.#sink.write(bytes, () => reader.giveBack(taken))) this.#hasRoom = true;
  }

  #wait(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    void this.#feed.reader.changed().then(() =>
      // A little later: the value of code and its end, which were read together, are one write.
      queueMicrotask(() => {
        this.#isWaiting = false;
        this.#pump();
      }),
    );
  }

  #beat(): void {
    this.#quiet.refresh();
    if (this.#hasRoom) this.#write(heartbeat);
  }

  #finish(bytes: Uint8Array): void {
    this.#close();
    this.#sink.end(bytes);
  }

  #close(): void {
    this.#closed = true;
    clearTimeout(this.#quiet);
    this.#feed.reader.close();
  }
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only ? only : Buffer.concat(pieces);
}
