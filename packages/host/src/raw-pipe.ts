import { constants, closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { RawText } from './raw-text.ts';

/** Takes what a {@link RawPipe} reads, in order. */
export interface RawPipeSink {
  /** Text of the program: never empty, never cut inside a character (R5). */
  onRawText(text: string): void;
  /** The end marker with that sequence was reached. */
  onMarker(sequence: number): void;
}

const chunkBytes = 64 * 1024;

/**
 * The reading end of a kernel's descriptor 1 or 2. Reads with a callback and no buffer of its own, so that what was not handed on is still in the
 * pipe: the kernel asks the pipe whether the host has read everything (R2).
 */
export class RawPipe {
  readonly scanner: RawText = new RawText();
  /** Settles when every writing end is closed and all of it was handed on. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #sink: RawPipeSink;
  #paused = false;

  constructor(path: string, sink: RawPipeSink) {
    this.#sink = sink;
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
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

  /** Hands on what was held back because it might have been part of a character or of a marker. Called where an execution ends. */
  flush(): void {
    const rest = this.scanner.flush();
    if (rest !== '') this.#sink.onRawText(rest);
  }

  /** Stops reading for good. */
  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Uint8Array): boolean {
    for (const item of this.scanner.push(chunk)) {
      if ('marker' in item) this.#sink.onMarker(item.marker);
      else this.#sink.onRawText(item.text);
    }
    return !this.#paused;
  }
}
