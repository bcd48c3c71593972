/** Whoever is to answer. */
export interface Answering {
  /** Measures from now on for how long it could not go on, though it would have; in milliseconds. */
  watchDelay(): () => number;
  /** Settles when what it has said until now was heard. */
  catchUp(): Promise<void>;
}

/** How often the delay is looked at, at most; in milliseconds. */
const lookMs = 100;

/** How a {@link Grace} goes. */
export interface GraceOptions {
  /** Time to answer, in milliseconds, in which nothing delayed it. */
  readonly ms: number;
  /** The same with all delays. */
  readonly mostMs: number;
  /** Half of it has passed without an answer. */
  readonly onHalf: () => void;
  /** All of it has passed without an answer. */
  readonly onPassed: () => void;
}

/** The time that code has to answer an interrupt. On a busy machine it takes longer: what only waits for its turn has not refused anything. */
export class Grace implements Disposable {
  readonly #options: GraceOptions;
  readonly #delay: () => number;
  readonly #begun: number = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(answering: Answering, options: GraceOptions) {
    this.#options = options;
    this.#delay = options.ms < options.mostMs ? answering.watchDelay() : () => 0;
    this.#after(0.5, () => {
      this.#after(1, () => void this.#end(answering));
      options.onHalf();
    });
  }

  /** The answer has come. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #after(share: number, act: () => void): void {
    const { ms, mostMs } = this.#options;
    const passed = performance.now() - this.#begun;
    const lookIn = (time: number): void => {
      this.#timer = setTimeout(() => this.#after(share, act), Math.ceil(time));
    };
    const least = share * ms - passed;
    // Until then no delay changes anything.
    if (least > 0) return lookIn(least);
    const left = Math.min(least + this.#delay(), share * mostMs - passed);
    if (left <= 0) act();
    else lookIn(Math.max(left, lookMs));
  }

  async #end(answering: Answering): Promise<void> {
    await answering.catchUp();
    if (!this.#isOver) this.#options.onPassed();
  }
}
