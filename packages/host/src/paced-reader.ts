import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { freeBytes } from './free-bytes.ts';
import type { ReadBudget } from './read-budget.ts';

/** Takes what a {@link PacedReader} reads. */
export interface PacedSink {
  /** The bytes are there for the call only. */
  onBytes(bytes: Uint8Array): void;
  /** Reading rests, since the budget is spent, or goes on. */
  onRest(): void;
}

/** So many bytes are handled before others get their turn: of the smallest frames, a few milliseconds of work. */
const pieceBytes = 8192;

/** More than a sender can have in the socket, and turns of the event loop in which that is read. */
const mostSentBytes = 256 * 1024;
const mostTurns = 8;

/** Reads a socket within a budget of time. What it has read and not handed on it keeps: 64 KiB at most. */
export class PacedReader {
  readonly #socket: Socket;
  readonly #budget: ReadBudget;
  readonly #sink: PacedSink;
  #kept: Uint8Array | undefined;
  #paused = false;
  #rest: NodeJS.Timeout | undefined;
  #restedAt = 0;
  #restedMs = 0;
  #hurries = false;
  /** So many are handed on before it rests again. */
  #urgentBytes = 0;

  constructor(socket: Socket, budget: ReadBudget, sink: PacedSink) {
    this.#socket = socket;
    this.#budget = budget;
    this.#sink = sink;
    socket.on('data', (chunk: Buffer) => this.#handOn(chunk));
    socket.once('close', () => clearTimeout(this.#rest));
    socket.resume();
  }

  /** True while the budget is spent: what comes another way from the same sender has to wait, too (R2). */
  get isResting(): boolean {
    return this.#rest !== undefined;
  }

  /** For how long it has rested in all, in milliseconds. */
  get restedMs(): number {
    return this.#restedMs + (this.#rest ? performance.now() - this.#restedAt : 0);
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#goOn();
  }

  /** The sender has ended: what is left is little, and read at once. */
  hurry(): void {
    this.#hurries = true;
    this.#stopResting();
    this.#goOn();
  }

  /** Reads what was sent until now, whatever that costs, which is charged to the budget all the same. */
  async catchUp(): Promise<void> {
    this.#urgentBytes = mostSentBytes;
    this.#stopResting();
    this.#goOn();
    for (
      let turn = 0, before = -1;
      turn < mostTurns && this.#socket.bytesRead > before && this.#urgentBytes > 0;
      turn++
    ) {
      before = this.#socket.bytesRead;
      await nextTurn();
    }
    this.#urgentBytes = 0;
  }

  #handOn(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      if (!this.#paused && !this.#hurries && this.#urgentBytes <= 0) this.#restIfSpent();
      if (this.#paused || this.#rest) {
        this.#kept = chunk.subarray(at);
        this.#socket.pause();
        return;
      }
      this.#urgentBytes -= pieceBytes;
      const begun = performance.now();
      this.#sink.onBytes(chunk.subarray(at, at + pieceBytes));
      this.#budget.spend(performance.now() - begun);
    }
    freeBytes(chunk);
  }

  #goOn(): void {
    if (this.#paused || this.#rest) return;
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept) this.#handOn(kept);
    if (!this.#kept && !this.#paused) this.#socket.resume();
  }

  #restIfSpent(): void {
    const { waitMs } = this.#budget;
    if (waitMs === 0) return;
    this.#restedAt = performance.now();
    this.#rest = setTimeout(() => {
      this.#stopResting();
      this.#goOn();
    }, waitMs);
    this.#sink.onRest();
  }

  #stopResting(): void {
    this.#restedMs = this.restedMs;
    clearTimeout(this.#rest);
    this.#rest = undefined;
    this.#sink.onRest();
  }
}
