import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { type Frame, type FrameKind, FrameDecoder, encodeFrame } from '@quicksand/protocol/frame-codec';
import type { InterruptGate } from './interrupt-gate.ts';
import { leaveProcess } from './leave-process.ts';

// The kernel's end of the channel (docs/kernel-channel.md): whole frames, in order with what descriptors 1 and 2 carry (R2, R4).

const channelFd = 3;
const pipeFds = [4, 5] as const;
const bothPipes = 3;
const readBytes = 64 * 1024;

// The real one: what user code makes of `fs` is nothing to us.
const write = writeSync;
const decoder = new FrameDecoder();
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Frames out, at once and whole; frames in, while nothing runs. */
export class Channel {
  /** Something may be in the raw pipes, or on its way into them, that the host must hand on first. */
  isRawPossible = false;
  /** Whether that may still be so behind a fence. */
  mayGoOn: () => boolean = () => false;
  gate: InterruptGate | undefined;
  readonly #socket: Socket;
  readonly #onFrame: (frame: Frame) => void;
  #marker = Buffer.alloc(0);
  #sequence = 0;
  #execution = 0;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
    this.#socket = new Socket({
      fd: channelFd,
      readable: true,
      writable: false,
      onread: {
        buffer: Buffer.alloc(readBytes),
        callback: (length: number, buffer: Uint8Array): boolean => {
          this.take(buffer.slice(0, length));
          return true;
        },
      },
    });
    // The host has closed the channel, or is gone.
    for (const event of ['end', 'error', 'close']) this.#socket.on(event, () => leaveProcess(0));
    this.#socket.resume();
  }

  /** Bytes that came from the host. */
  take(bytes: Uint8Array): void {
    for (const frame of decoder.push(bytes)) this.#onFrame(frame);
  }

  /** Code is about to run: from here the watcher reads, and frames and markers belong to this execution. */
  begin(execution: number, marker: string): void {
    this.#execution = execution;
    this.#marker = Buffer.from(marker, 'latin1');
    this.#socket.pause();
  }

  /** Nothing runs any more. */
  listen(): void {
    this.#socket.resume();
  }

  /** Sends one payload, after the raw output that was written before it. */
  send(kind: FrameKind, execution: number, payload: Uint8Array): void {
    this.gate?.enter();
    try {
      if (this.isRawPossible && execution === this.#execution) this.#fence();
      for (const frame of encodeFrame({ kind, execution, payload })) writeWhole(channelFd, frame);
    } finally {
      this.gate?.leave();
    }
  }

  /** What was sent before comes before what is written to the raw pipes from here on, and the other way round. */
  fence(): void {
    this.gate?.enter();
    try {
      this.#fence();
    } finally {
      this.gate?.leave();
    }
  }

  #fence(): void {
    if (this.#execution === 0) return;
    const sequence = Buffer.alloc(5);
    sequence.writeUInt32LE(++this.#sequence);
    const marker = Buffer.concat([markerStart, this.#marker, sequence]);
    for (const fd of pipeFds) writeWhole(fd, marker);
    sequence[4] = bothPipes;
    this.isRawPossible = this.mayGoOn();
    const [frame] = encodeFrame({ kind: 'barrier', execution: this.#execution, payload: sequence });
    writeWhole(channelFd, frame as Uint8Array);
  }
}

const markerStart = Buffer.from('\0QS\u0001', 'latin1');

/** Waits while the host does not read: that is how a slow reader slows the code down (R8). */
function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += write(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') leaveProcess(1);
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
