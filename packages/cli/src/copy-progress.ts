import { toPrintable, toSize } from './printable.ts';

/** How long a copy takes before it is spoken of, and how often, in milliseconds. */
const quietMs = 1000;
const stepMs = 200;

/** Tells on standard error how far a copy is, once it takes long. */
export class CopyProgress implements Disposable {
  readonly #what: string;
  /** Bytes of all; undefined where nobody knows. */
  total: number | undefined;
  #copied = 0;
  #timer: NodeJS.Timeout | undefined;
  #hasSpoken = false;

  /** `isWanted` undefined: where standard error is a terminal. */
  constructor(what: string, isWanted = process.stderr.isTTY) {
    this.#what = toPrintable(what);
    if (!isWanted) return;
    this.#timer = setTimeout(() => {
      this.#timer = setInterval(() => this.#speak(), stepMs);
      this.#speak();
    }, quietMs);
  }

  /** The same bytes, counted. */
  count(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    return stream.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (piece, controller) => {
          this.#copied += piece.length;
          controller.enqueue(piece);
        },
      }),
    );
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    if (this.#hasSpoken) {
      this.#speak();
      process.stderr.write('\n');
    }
  }

  #speak(): void {
    this.#hasSpoken = true;
    const { total } = this;
    const part =
      total === undefined ? '' : ` of ${toSize(total)}, ${Math.floor((100 * this.#copied) / (total || 1))} %`;
    process.stderr.write(`\r${this.#what}: ${toSize(this.#copied)}${part}   `);
  }
}
