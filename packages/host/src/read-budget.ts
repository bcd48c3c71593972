/** Who has spent something lately, and when. */
export type Spenders = Map<ReadBudget, number>;

/** Of the whole thread, whose time it is. */
const spendersOfThread: Spenders = new Map();

/**
 * How much of the host's time what one sandbox sends may take: its share, and some of it in advance. Everything that all sandboxes send is read by one
 * thread, and a frame of a few bytes costs it far more than it costs its sender (I4). One that is alone may have most of it.
 */
export class ReadBudget {
  readonly #now: () => number;
  readonly #spenders: Spenders;
  #left = burstMs;
  #at: number;

  constructor(now: () => number = () => performance.now(), spenders: Spenders = spendersOfThread) {
    this.#now = now;
    this.#spenders = spenders;
    this.#at = now();
  }

  /** Takes away the time of some work, in milliseconds. */
  spend(ms: number): void {
    this.#refill();
    this.#left -= ms;
    this.#spenders.set(this, this.#at);
  }

  /** How long to wait before more is read, in milliseconds; 0 while there is time left. */
  get waitMs(): number {
    this.#refill();
    return this.#left > 0 ? 0 : -this.#left / this.#share() + 1;
  }

  #refill(): void {
    const now = this.#now();
    this.#left = Math.min(burstMs, this.#left + (now - this.#at) * this.#share());
    this.#at = now;
  }

  #share(): number {
    const now = this.#at;
    for (const [spender, at] of this.#spenders) if (at < now - recentMs) this.#spenders.delete(spender);
    return Math.min(aloneShare, allShares / Math.max(1, this.#spenders.size));
  }
}

/** What all together may take, and what one may that is alone: the rest is for requests and answers. */
const allShares = 0.8;
const aloneShare = 0.6;
const burstMs = 200;
/** How long who has spent something counts. */
const recentMs = 250;
