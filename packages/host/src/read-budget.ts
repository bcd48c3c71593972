/**
 * How much of the host's time what one sandbox sends may take: a share, and some of it in advance. Everything that all sandboxes send is read by one
 * thread, and a frame of a few bytes costs it far more than it costs its sender (I4).
 */
export class ReadBudget {
  readonly #now: () => number;
  #left = burstMs;
  #at: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#at = now();
  }

  /** Takes away the time of some work, in milliseconds. */
  spend(ms: number): void {
    this.#refill();
    this.#left -= ms;
  }

  /** How long to wait before more is read, in milliseconds; 0 while there is time left. */
  get waitMs(): number {
    this.#refill();
    return this.#left > 0 ? 0 : -this.#left / share + 1;
  }

  #refill(): void {
    const now = this.#now();
    this.#left = Math.min(burstMs, this.#left + (now - this.#at) * share);
    this.#at = now;
  }
}

const share = 0.2;
const burstMs = 200;
