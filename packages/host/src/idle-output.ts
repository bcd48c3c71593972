import type { Execution } from './execution.ts';
import type { StreamText } from './text-joiner.ts';

/** How much is kept, in characters; what was read at once counts as this many more, so that what comes in small pieces is bounded, too. */
const mostLength = 64 * 1024;
const pieceLength = 64;

/** Keeps what children that code has left running write while nothing runs, for the next execution (R6): its newest part, and never holds them up. */
export class IdleOutput {
  #pieces: StreamText<string>[] = [];
  #length = 0;

  addText(type: StreamText['type'], text: string): void {
    this.#pieces.push({ type, text });
    this.#length += toLength(text);
    while (this.#length > mostLength && this.#pieces.length > 1)
      this.#length -= toLength(this.#pieces.shift()?.text ?? '');
  }

  /** Hands it on, in the order in which it came. */
  moveTo(execution: Pick<Execution, 'addText'>): void {
    for (const { type, text } of this.#pieces) execution.addText(type, text);
    this.clear();
  }

  clear(): void {
    this.#pieces = [];
    this.#length = 0;
  }
}

function toLength(text: string): number {
  return text.length + pieceLength;
}
