import type { Lifetime, LifetimeChanges } from '@quicksand/protocol';

/** How a {@link SleepTimer} works. */
export interface SleepTimerOptions {
  readonly sleepAfterMs: number;
  /** Since when the sandbox has not been used, in milliseconds since 1970; undefined while it is in use. */
  readonly idleSince: () => number | undefined;
  /** Called once the sandbox has not been used for so long. */
  readonly onIdle: () => void;
}

/** Tells when a sandbox has been idle for long enough to sleep. A request that is being answered keeps it awake. */
export class SleepTimer {
  readonly #options: SleepTimerOptions;
  #lifetime: Lifetime;
  #requests = 0;
  #lastRequest = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SleepTimerOptions) {
    this.#options = options;
    this.#lifetime = { sleepAfter: options.sleepAfterMs, keepAlive: false };
  }

  get lifetime(): Lifetime {
    return this.#lifetime;
  }

  /** True while a request is being answered. */
  get isHeld(): boolean {
    return this.#requests > 0;
  }

  /** What is left out stays as it is. */
  change({ sleepAfter = this.#lifetime.sleepAfter, keepAlive = this.#lifetime.keepAlive }: LifetimeChanges): void {
    this.#lifetime = { sleepAfter, keepAlive };
    this.#stop();
    this.#check();
  }

  /** A request begins. */
  hold(): void {
    this.#requests++;
  }

  /** A request has been answered. */
  release(): void {
    this.#requests--;
    this.#lastRequest = Date.now();
    if (!this.#timer) this.#check();
  }

  /** Calls nobody any more. */
  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** What makes it busy does not say when it has ended: so it is looked at again, at the earliest time at which it could sleep. */
  #check(): void {
    this.#timer = undefined;
    const { sleepAfter, keepAlive } = this.#lifetime;
    if (keepAlive || this.isHeld || this.#closed) return;
    const since = this.#options.idleSince();
    const left = since === undefined ? sleepAfter : Math.max(since, this.#lastRequest) + sleepAfter - Date.now();
    if (left <= 0) this.#options.onIdle();
    else this.#timer = setTimeout(() => this.#check(), Math.min(left, sleepAfter)).unref();
  }
}
