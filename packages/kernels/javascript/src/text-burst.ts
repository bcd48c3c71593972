import { later } from './later.ts';
import { toPieces } from './plain-text.ts';
import { needWideStack } from './stack-room.ts';
import type { StreamName } from './text-streams.ts';
import { type WatchState, places } from './watch-state.ts';

/** Sends one piece of text. */
export type SendText = (stream: StreamName, execution: number, payload: Uint8Array) => void;

/** More writes than this in so many milliseconds are a burst; its text is joined for some milliseconds, up to some characters. */
const quietWrites = 32;
const windowMs = 5;
const joinMs = 3;
const joinLength = 16 * 1024;

// To ask `performance` would load what most programs never need.
const { hrtime } = process;

function now(): number {
  // To take it apart would call the iterator of a list of the user's.
  const time = hrtime();
  return time[0] * 1e3 + time[1] / 1e6;
}

/**
 * Text on its way out. What comes after quiet goes at once; a burst is joined, and what is left of it goes when the event loop turns, or, where code never
 * gives way, when the watcher asks for it (R1).
 */
export class TextBurst {
  readonly #send: SendText;
  readonly #state: WatchState;
  readonly #squeezeIn: (work: () => void) => void;
  #stream: StreamName = 'stdout';
  #execution = 0;
  #text = '';
  #windowStart = 0;
  #writes = 0;
  /** The last window was one. */
  #isBurst = false;
  #sentAt = 0;
  #isDue = false;
  #joins = true;

  /** `squeezeIn` does something that no interrupt may stop half way. */
  constructor(send: SendText, state: WatchState, squeezeIn: (work: () => void) => void) {
    this.#send = send;
    this.#state = state;
    this.#squeezeIn = squeezeIn;
  }

  write(stream: StreamName, execution: number, text: string): void {
    if (stream !== this.#stream || execution !== this.#execution) this.flush();
    // An interrupt may have come before what was due could begin.
    if (execution !== this.#execution) this.#isDue = false;
    this.#stream = stream;
    this.#execution = execution;
    const at = now();
    const passed = at - this.#windowStart;
    if (passed > windowMs) {
      this.#isBurst = this.#writes > quietWrites && passed < 2 * windowMs;
      this.#windowStart = at;
      this.#writes = 0;
    }
    const isQuiet = ++this.#writes <= quietWrites && !this.#isBurst;
    const isLong = this.#text.length + text.length > joinLength;
    const isOver = isQuiet || !this.#joins || isLong || at - this.#sentAt > joinMs;
    // Before the text is taken: what is told that the stack is full is not told twice.
    if (isOver) needWideStack();
    else this.#leave();
    this.#text += text;
    if (isOver) this.#sendAll(at);
  }

  /** Sends what was joined. Throws where the stack is all but full; then nothing is lost. */
  flush(): void {
    if (this.#text === '') return;
    needWideStack();
    this.#sendAll(now());
  }

  #sendAll(at: number): void {
    const text = this.#text;
    this.#text = '';
    this.#sentAt = at;
    Atomics.store(this.#state.numbers, places.hasText, 0);
    for (const payload of toPieces(text)) this.#send(this.#stream, this.#execution, payload);
  }

  /** The process ends: nothing may wait any more. */
  stopJoining(): void {
    this.#joins = false;
    this.flush();
  }

  #leave(): void {
    Atomics.store(this.#state.numbers, places.hasText, 1);
    if (this.#isDue) return;
    later(() =>
      this.#squeezeIn(() => {
        this.#isDue = false;
        this.flush();
      }),
    );
    this.#isDue = true;
  }
}
