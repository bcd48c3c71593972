/** How long a connection may bring nothing, in milliseconds, until it is taken for lost: a host sends a heartbeat for each half second without an event. */
export const silenceMs = 60_000;

/** Notices that nothing has come for about as long as it may, where something is waited for. To be closed. */
export class SilenceWatch {
  readonly #timer: ReturnType<typeof setInterval>;
  #looks = 0;
  #isWaiting = false;

  constructor(mostMs: number, onSilence: () => void) {
    // What came while this program was busy is heard of between two looks.
    this.#timer = setInterval(() => {
      if (this.#isWaiting && ++this.#looks === 2) onSilence();
    }, mostMs / 2);
  }

  /** Something is waited for from now on. */
  begin(): void {
    this.#isWaiting = true;
    this.#looks = 0;
  }

  /** Something has come. */
  hear(): void {
    this.#looks = 0;
  }

  /** Nothing is waited for: what came is being used, which may take as long as it likes. */
  pause(): void {
    this.#isWaiting = false;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
