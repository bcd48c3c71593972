import { raceAbort } from './race-abort.ts';

/** How often something is tried again, and after how long at first; each further wait is twice as long. */
export interface BackoffOptions {
  readonly tries: number;
  readonly firstDelayMs: number;
}

/** Counts failures and waits between them. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** To be called when something went well: the count begins anew. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits before the next try; false, at once, when there is none left. Rejects with the signal's reason. */
  async wait(signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#failures >= this.#options.tries) return false;
    const delayMs = this.#options.firstDelayMs * 2 ** this.#failures++;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const passed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, delayMs);
    });
    await raceAbort(passed, signal).finally(() => clearTimeout(timer));
    return true;
  }
}
