import { type Frame, type FrameDecoder, MalformedFrameError, frameLimits } from '@quicksand/protocol';
import { freeBytes } from './free-bytes.ts';
import { type KernelMessage, ProtocolViolation, parseKernelFrame } from './kernel-frames.ts';

/** Which of the two raw pipes. */
export type StreamName = 'stdout' | 'stderr';

/** What a kernel does, in the order in which its code did it (R2). */
export type KernelItem =
  | {
      readonly from: 'channel';
      readonly execution: number;
      readonly message: Exclude<KernelMessage, { type: 'barrier' }>;
    }
  | { readonly from: 'pipe'; readonly stream: StreamName; readonly text: string };

interface Barrier {
  readonly sequence: number;
  readonly open: Set<StreamName>;
}

/** What a pipe gave behind a marker whose barrier has not been passed. */
type Held = { readonly text: string } | { readonly marker: number };

/**
 * Puts what arrives over the channel and over the raw pipes into one order (R2). Pure: it is told what was read and answers with items, each of which is to
 * be handled before the next one is asked for.
 * A `barrier` frame stops the channel until the end markers that it names were read, and an end marker stops its pipe until the channel has reached
 * the barrier and the other pipe its marker: then the barrier is passed.
 */
export class KernelInbox {
  readonly #decoder: FrameDecoder;
  readonly #waiting: Frame[] = [];
  readonly #reached: Record<StreamName, number> = { stdout: 0, stderr: 0 };
  readonly #held: Record<StreamName, Held[]> = { stdout: [], stderr: [] };
  #passed = 0;
  #barrier: Barrier | undefined;
  #waitingBytes = 0;

  constructor(decoder: FrameDecoder) {
    this.#decoder = decoder;
  }

  /** True while frames wait for an end marker, or a pipe for a barrier. */
  get blocked(): boolean {
    return this.#barrier !== undefined || this.holds('stdout') || this.holds('stderr');
  }

  /** True while a pipe waits for a barrier: it is not to be read on. */
  holds(stream: StreamName): boolean {
    return this.#reached[stream] > this.#passed;
  }

  /** The last barrier that was passed. */
  get passed(): number {
    return this.#passed;
  }

  /** Bytes of the frames that wait: who fills it must stop reading, since a marker may never come (R8). */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** The items that bytes of the channel complete, which are needed no more then. Throws {@link ProtocolViolation}. */
  *pushChannel(chunk: Uint8Array): Generator<KernelItem, void, undefined> {
    let frames: Frame[];
    try {
      frames = this.#decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof MalformedFrameError)) throw error;
      yield* this.pushFrames(error.frames); // R4: what was written before counts
      throw new ProtocolViolation(error.message);
    }
    yield* this.pushFrames(frames);
  }

  /** The same for frames that were decoded before. */
  *pushFrames(frames: readonly Frame[]): Generator<KernelItem, void, undefined> {
    for (const frame of frames) {
      this.#waiting.push(frame);
      this.#waitingBytes += toBytes(frame);
    }
    yield* this.#drain();
    // What waits may be a view of what was read.
    for (let at = Math.max(0, this.#waiting.length - frames.length); at < this.#waiting.length; at++) {
      const frame = this.#waiting[at] as Frame;
      this.#waiting[at] = { ...frame, payload: new Uint8Array(frame.payload) };
    }
  }

  /** Raw text, unless its pipe waits. */
  *pushText(stream: StreamName, text: string): Generator<KernelItem, void, undefined> {
    if (this.holds(stream)) this.#held[stream].push({ text });
    else yield { from: 'pipe', stream, text };
  }

  /** The items that an end marker sets free. */
  *pushMarker(stream: StreamName, sequence: number): Generator<KernelItem, void, undefined> {
    if (this.holds(stream)) {
      this.#held[stream].push({ marker: sequence });
      return;
    }
    this.#reached[stream] = sequence;
    if (this.#barrier && sequence >= this.#barrier.sequence) this.#barrier.open.delete(stream);
    if (this.#barrier?.open.size === 0) {
      yield* this.#pass(this.#barrier);
      yield* this.#drain();
    }
  }

  /** The channel has ended: what waits for a barrier is handed on. */
  *release(): Generator<KernelItem, void, undefined> {
    this.#passed = Number.POSITIVE_INFINITY;
    yield* this.#releaseHeld();
  }

  *#releaseHeld(): Generator<KernelItem, void, undefined> {
    for (const stream of ['stdout', 'stderr'] as const) {
      for (const item of this.#held[stream].splice(0)) {
        if ('text' in item) yield* this.pushText(stream, item.text);
        else yield* this.pushMarker(stream, item.marker);
      }
    }
  }

  *#drain(): Generator<KernelItem, void, undefined> {
    while (!this.#barrier) {
      const frame = this.#waiting.shift();
      if (!frame) return;
      this.#waitingBytes -= toBytes(frame);
      const message = parseKernelFrame(frame);
      if (message.type === 'barrier') {
        yield* this.#raise(message);
      } else {
        yield { from: 'channel', execution: frame.execution, message };
        if (message.type === 'text') freeBytes(frame.payload);
      }
    }
  }

  *#raise(message: Extract<KernelMessage, { type: 'barrier' }>): Generator<KernelItem, void, undefined> {
    const { sequence } = message;
    const open = new Set(
      (['stdout', 'stderr'] as const).filter((stream) => message[stream] && this.#reached[stream] < sequence),
    );
    const barrier = { sequence, open };
    if (open.size > 0) this.#barrier = barrier;
    else yield* this.#pass(barrier);
  }

  *#pass({ sequence }: Barrier): Generator<KernelItem, void, undefined> {
    this.#barrier = undefined;
    this.#passed = Math.max(sequence, this.#passed);
    yield* this.#releaseHeld();
  }
}

function toBytes({ payload }: Frame): number {
  return frameLimits.headerBytes + payload.length;
}
