// What the main thread and the watcher share: numbers that both change with Atomics, and the bytes of a frame that was read in part.

/** Places in the shared numbers. */
export const places = {
  phase: 0,
  interrupts: 1,
  isStopping: 2,
  leftover: 3,
  hasText: 4,
  /** The watcher has a session with the main thread, or is about to have one. */
  isConnected: 5,
  /** No watcher is there. */
  isAway: 6,
  /** The watcher is to be woken when code runs. */
  isAsleep: 7,
  /** The main thread has been poked, and is not through with it. */
  isPoked: 8,
  /** The main thread is in the kernel's own code, which nothing may stop. */
  isWithin: 9,
  /** The watcher is about to stop what runs by itself: until it has, nothing of the kernel's own may begin. */
  isCutting: 10,
} as const;

/**
 * Who reads the channel: the main thread while it is `idle`; while code runs the watcher looks now and then, and is `reading` then. Once it is `leaving`,
 * the watcher goes. Only the main thread ends another phase than `reading`.
 */
export const phases = { idle: 0, running: 1, reading: 2, leaving: 3 } as const;

/** An `interrupt` frame has no payload. */
export const interruptFrameBytes = 9;

const numbersBytes = 4 * Object.keys(places).length;

/** The memory that both threads share. */
export class WatchState {
  readonly buffer: SharedArrayBuffer;
  readonly numbers: Int32Array<SharedArrayBuffer>;
  readonly bytes: Uint8Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(numbersBytes + interruptFrameBytes)) {
    this.buffer = buffer;
    this.numbers = new Int32Array(buffer, 0, numbersBytes / 4);
    this.bytes = new Uint8Array(buffer, numbersBytes, interruptFrameBytes);
  }
}
