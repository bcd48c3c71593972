// The frames of docs/kernel-channel.md. The golden cases are in conformance/wire/frames.json.

/** The kinds of frames; see docs/kernel-channel.md for direction and payload. */
export const frameKinds = {
  part: 0,
  execute: 1,
  interrupt: 2,
  operation: 3,
  data: 4,
  end: 5,
  rehearse: 6,
  ready: 16,
  stdout: 17,
  stderr: 18,
  result: 19,
  error: 20,
  barrier: 21,
  done: 22,
  interrupted: 23,
  answer: 24,
  failure: 25,
} as const;

/** The name of a kind of frame. */
export type FrameKind = keyof typeof frameKinds;

/** Sizes of frames, in bytes. */
export const frameLimits = { headerBytes: 9, payloadBytes: 1024 * 1024, assembledBytes: 64 * 1024 * 1024 } as const;

/** A frame, or a payload that was put together from several. */
export interface Frame {
  readonly kind: FrameKind;
  readonly execution: number;
  readonly payload: Uint8Array;
}

/** Thrown by {@link FrameDecoder} for bytes that are no frame; the channel cannot be read any further. */
export class MalformedFrameError extends Error {
  override readonly name = 'MalformedFrameError';
  /** The whole payloads that came before, in the same bytes. */
  readonly frames: readonly Frame[];

  constructor(message: string, frames: readonly Frame[] = []) {
    super(message);
    this.frames = frames;
  }
}

const kindNames = new Map<number, FrameKind>(
  Object.entries(frameKinds).map(([name, code]) => [code, name as FrameKind]),
);

function encodeOne(kind: FrameKind, execution: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frameLimits.headerBytes + payload.length);
  putNumber(bytes, 0, payload.length);
  bytes[4] = frameKinds[kind];
  putNumber(bytes, 5, execution);
  bytes.set(payload, frameLimits.headerBytes);
  return bytes;
}

// For a view V8 would move the bytes of a small frame out of its heap.

function putNumber(bytes: Uint8Array, at: number, number: number): void {
  for (let place = 0; place < 4; place++) bytes[at + place] = number >>> (8 * place);
}

function numberAt(bytes: Uint8Array, at: number): number {
  let number = 0;
  for (let place = 3; place >= 0; place--) number = number * 256 + (bytes[at + place] as number);
  return number;
}

/** Encodes a payload as one frame, or as `part` frames and a last one where it is longer than a frame. Throws `RangeError` over 64 MiB. */
export function encodeFrame({ kind, execution, payload }: Frame): Uint8Array[] {
  if (payload.length > frameLimits.assembledBytes) {
    throw new RangeError(`a payload of ${payload.length} bytes is over the limit of ${frameLimits.assembledBytes}`);
  }
  const frames: Uint8Array[] = [];
  let start = 0;
  for (; payload.length - start > frameLimits.payloadBytes; start += frameLimits.payloadBytes) {
    frames.push(encodeOne('part', execution, payload.subarray(start, start + frameLimits.payloadBytes)));
  }
  frames.push(encodeOne(kind, execution, payload.subarray(start)));
  return frames;
}

/** A byte buffer that grows by doubling, so that what it costs follows its bytes and not the number of pieces. */
class Pieces {
  #bytes = new Uint8Array(0);
  length = 0;

  add(piece: Uint8Array): void {
    const length = this.length + piece.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, Math.min(2 * this.#bytes.length, frameLimits.assembledBytes)));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.length);
    this.length = length;
  }

  /** All bytes; the buffer is empty then. */
  take(): Uint8Array {
    const whole = this.#bytes.subarray(0, this.length);
    this.#bytes = new Uint8Array(0);
    this.length = 0;
    return whole;
  }
}

/**
 * Decodes bytes into frames, in whatever pieces they arrive, and joins `part` frames with the frame they belong to.
 * Holds at most one payload (64 MiB), in however many pieces it came. After it threw, it stays broken.
 */
export class FrameDecoder {
  readonly #header = new Uint8Array(frameLimits.headerBytes);
  #headerLength = 0;
  #payload: Uint8Array | undefined;
  #payloadLength = 0;
  readonly #parts = new Pieces();
  #partsExecution = 0;
  /** Why nothing can be read any further. */
  #broken: string | undefined;

  /** True where the next byte begins a frame. */
  get isBetweenFrames(): boolean {
    return this.#headerLength === 0;
  }

  /** The whole payloads that `chunk` completes. They may be views of `chunk`. Throws {@link MalformedFrameError}. */
  push(chunk: Uint8Array): Frame[] {
    if (this.#broken !== undefined) throw new MalformedFrameError(this.#broken);
    const frames: Frame[] = [];
    let at = 0;
    while (at < chunk.length) {
      at = this.#payload ? this.#fillPayload(chunk, at) : this.#fillHeader(chunk, at);
      const payload = this.#payload;
      if (payload && this.#payloadLength === payload.length) {
        const frame = this.#finish(payload);
        if (frame) frames.push(frame);
      }
      if (this.#broken !== undefined) throw new MalformedFrameError(this.#broken, frames);
    }
    return frames;
  }

  #fillHeader(chunk: Uint8Array, at: number): number {
    const taken = chunk.subarray(at, at + frameLimits.headerBytes - this.#headerLength);
    this.#header.set(taken, this.#headerLength);
    this.#headerLength += taken.length;
    const end = at + taken.length;
    if (this.#headerLength < frameLimits.headerBytes) return end;
    const length = numberAt(this.#header, 0);
    const kind = this.#header[4] as number;
    if (length > frameLimits.payloadBytes) {
      this.#fail(`length ${length} is over the limit of ${frameLimits.payloadBytes}`);
      return end;
    }
    if (!kindNames.has(kind)) {
      this.#fail(`kind ${kind} is unknown`);
      return end;
    }
    if (end + length <= chunk.length) {
      // The whole payload is here: no copy.
      this.#payload = chunk.subarray(end, end + length);
      this.#payloadLength = length;
      return end + length;
    }
    this.#payload = new Uint8Array(length);
    this.#payloadLength = 0;
    return end;
  }

  #fillPayload(chunk: Uint8Array, at: number): number {
    const payload = this.#payload as Uint8Array;
    const taken = chunk.subarray(at, at + payload.length - this.#payloadLength);
    payload.set(taken, this.#payloadLength);
    this.#payloadLength += taken.length;
    return at + taken.length;
  }

  #finish(payload: Uint8Array): Frame | undefined {
    const kind = kindNames.get(this.#header[4] as number) as FrameKind;
    const execution = numberAt(this.#header, 5);
    this.#payload = undefined;
    this.#headerLength = 0;
    const continued = this.#parts.length > 0;
    if (continued && execution !== this.#partsExecution) {
      return this.#fail('pieces of one payload name different executions');
    }
    if (this.#parts.length + payload.length > frameLimits.assembledBytes) {
      return this.#fail(`pieces of one payload are over the limit of ${frameLimits.assembledBytes}`);
    }
    if (kind === 'part' && payload.length === 0) return this.#fail('an empty part');
    if (kind === 'part' || continued) this.#parts.add(payload);
    this.#partsExecution = execution;
    if (kind === 'part') return undefined;
    return { kind, execution, payload: continued ? this.#parts.take() : payload };
  }

  #fail(reason: string): undefined {
    this.#broken = `malformed frame: ${reason}`;
  }
}
