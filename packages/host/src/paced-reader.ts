import type { Socket } from 'node:net';
import type { ReadBudget } from './read-budget.ts';

/** Takes what a {@link PacedReader} reads. */
export interface PacedSink {
  onBytes(bytes: Uint8Array): void;
  /** Reading rests, since the budget is spent, or goes on. */
  onRest(): void;
}

/** So many bytes are handled before others get their turn: of the smallest frames, a few milliseconds of work. */
const pieceBytes = 8192;

/** Reads a socket within a budget of time. What it has read and not handed on it keeps: 64 KiB at most. */
export class PacedReader {
  readonly #socket: Socket;
  readonly #budget: ReadBudget;
  readonly #sink: PacedSink;
  #kept: Uint8Array | undefined;
  #paused = false;
  #rest: NodeJS.Timeout | undefined;
  #hurries = false;

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

  #handOn(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      if (!this.#paused && !this.#hurries) this.#restIfSpent();
      if (this.#paused || this.#rest) {
        this.#kept = chunk.subarray(at);
        this.#socket.pause();
        return;
      }
      const begun = performance.now();
      this.#sink.onBytes(chunk.subarray(at, at + pieceBytes));
      this.#budget.spend(performance.now() - begun);
    }
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
    this.#rest = setTimeout(() => {
      this.#stopResting();
      this.#goOn();
    }, waitMs);
    this.#sink.onRest();
  }

  #stopResting(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
    this.#sink.onRest();
  }
}
