import { closeSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { markerLength } from './marker-scanner.ts';
import { RawText } from './raw-text.ts';

/** Takes what a {@link RawPipe} reads, in order. */
export interface RawPipeSink {
  /** Text of the program: never empty, never cut inside a character (R5). */
  onRawText(text: string): void;
  /** The end marker with that sequence was reached. */
  onMarker(sequence: number): void;
}

const chunkBytes = 64 * 1024;

/** The most that an unprivileged process can make a pipe hold (fs.pipe-max-size of every distribution). */
const longestPipeBytes = 1024 * 1024;

/**
 * The reading end of a kernel's descriptor 1 or 2. Reads with a callback and no buffer of its own, so that what was not handed on is still in the
 * pipe: the kernel asks the pipe whether the host has read everything (R2).
 */
export class RawPipe {
  readonly scanner: RawText = new RawText();
  /** Settles when every writing end is closed and all of it was handed on. */
  readonly closed: Promise<void>;
  readonly #fd: number;
  readonly #socket: Socket;
  readonly #sink: RawPipeSink;
  #paused = false;

  /** Reads from `fd`, which does not block, and closes it. */
  constructor(fd: number, sink: RawPipeSink) {
    this.#sink = sink;
    this.#fd = fd;
    try {
      this.#socket = new Socket({
        fd,
        readable: true,
        writable: false,
        onread: {
          buffer: Buffer.allocUnsafeSlow(chunkBytes),
          callback: (length: number, buffer: Uint8Array): boolean => this.#read(buffer.subarray(0, length)),
        },
      });
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#socket.on('error', () => this.#socket.destroy());
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.resume();
  }

  /** Stops reading at once: what is in the pipe stays there. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#socket.pause();
  }

  /** Reads on. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  /** Hands on what the pipe holds, without waiting for more: also from one that is paused, or that somebody still holds. True at its end. */
  drain(bytes: number = longestPipeBytes): boolean {
    const buffer = Buffer.allocUnsafe(Math.min(bytes, chunkBytes));
    for (let left = bytes; left > 0 && !this.#socket.destroyed;) {
      const length = readNow(this.#fd, buffer);
      if (length === 0) return true;
      if (length === undefined) return false;
      this.#read(buffer.subarray(0, length));
      left -= length;
    }
    return this.#socket.destroyed;
  }

  /**
   * Hands on what is held back as the possible start of a marker, unless it is one. A marker is written at once, so that the rest of one that was cut by
   * reading is in the pipe.
   */
  settleMarker(): void {
    const buffer = Buffer.allocUnsafe(markerLength);
    // As many bytes as a marker has decide about what is held now.
    for (let tries = 0; tries < markerLength && this.scanner.mayHoldMarker; tries++) {
      const length = this.#socket.destroyed ? 0 : readNow(this.#fd, buffer);
      if (length) this.#read(buffer.subarray(0, length));
      else this.#handOn(this.scanner.releaseMarker());
    }
  }

  /** Hands on what was held back because it might have been part of a character or of a marker. Called where an execution ends. */
  flush(): void {
    this.#handOn(this.scanner.flush());
  }

  /** Stops reading for good. */
  destroy(): void {
    this.#socket.destroy();
  }

  #handOn(text: string): void {
    if (text !== '') this.#sink.onRawText(text);
  }

  #read(chunk: Uint8Array): boolean {
    for (const item of this.scanner.push(chunk)) {
      if ('marker' in item) this.#sink.onMarker(item.marker);
      else this.#sink.onRawText(item.text);
    }
    return !this.#paused;
  }
}

/** 0 at the end; undefined where there is nothing to read now. */
function readNow(fd: number, buffer: Buffer): number | undefined {
  try {
    return readSync(fd, buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}
