import { readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { type Frame, type FrameKind, FrameDecoder, encodeFrame } from '@quicksand/protocol/frame-codec';
import type { InterruptGate } from './interrupt-gate.ts';
import { leaveProcess, orLeave } from './leave-process.ts';
import { toBytes } from './plain-text.ts';
import { needStack } from './stack-room.ts';
import { withOwnMethods } from './user-realm.ts';
import { type WatchState, places } from './watch-state.ts';

// The kernel's end of the channel (docs/kernel-channel.md): whole frames, in order with what descriptors 1 and 2 carry (R2, R4).

const channelFd = 3;
const pipeFds = [4, 5] as const;
const bothPipes = 3;
const readBytes = 64 * 1024;
const mostHeldBytes = 16 * 1024;

const decoder = new FrameDecoder();
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Told what the host wants. */
export interface ChannelSink {
  /** Code to run, and how many interrupts of it came with it. */
  onExecute(frame: Frame, interrupts: number): void;
  /** An interrupt between executions. */
  onLateInterrupt(frame: Frame): void;
}

/** Frames out, at once and whole; frames in, while nothing runs. */
export class Channel {
  /** Something may be in the raw pipes, or on its way into them, that the host must hand on first. */
  isRawPossible = false;
  /** Whether that may still be so behind a fence. */
  mayGoOn: () => boolean = () => false;
  gate: InterruptGate | undefined;
  /** Sends text that waits: it comes before all that is sent now. */
  flush: () => void = () => {};
  readonly #socket: Socket;
  readonly #sink: ChannelSink;
  readonly #state: WatchState;
  /** A frame that goes with the next one. */
  #held: Uint8Array | undefined;
  #marker: Uint8Array = new Uint8Array(0);
  #sequence = 0;
  #execution = 0;

  /** `first` was read already: a part of a frame. */
  constructor(sink: ChannelSink, state: WatchState, first: Uint8Array) {
    this.#sink = sink;
    this.#state = state;
    decode(first);
    this.#socket = withOwnMethods(
      new Socket({
        fd: channelFd,
        readable: true,
        writable: false,
        onread: {
          buffer: new Uint8Array(readBytes),
          callback: (length: number, buffer: Uint8Array): boolean => {
            orLeave(() => this.take(buffer.slice(0, length)));
            return true;
          },
        },
      }),
    );
    // The host has closed the channel, or is gone.
    for (const event of ['end', 'error', 'close']) this.#socket.on(event, () => leaveProcess(0));
    this.#socket.resume();
  }

  /** Bytes that came from the host. Behind an `execute` frame there may already be interrupts of it, since the host does not wait. */
  take(bytes: Uint8Array): void {
    const frames = decode(bytes);
    const execute = frames.find(({ kind }) => kind === 'execute');
    if (execute) while (!decoder.isBetweenFrames) frames.push(...decode(readNow()));
    const interrupts = frames.filter(({ kind }) => kind === 'interrupt');
    // Where the buffer was full, libuv reads on at once.
    if (execute && bytes.length === readBytes) this.rest();
    if (execute) this.#sink.onExecute(execute, interrupts.length);
    else for (const frame of interrupts) this.#sink.onLateInterrupt(frame);
  }

  /** Code is about to run: from here the watcher reads, and frames and markers belong to this execution. */
  begin(execution: number, marker: string): void {
    this.#execution = execution;
    this.#marker = toBytes(marker);
  }

  /** The event loop is about to turn while code waits: only the watcher reads. */
  rest(): void {
    this.#socket.pause();
  }

  /** Nothing runs any more. */
  listen(): void {
    this.#socket.resume();
  }

  /** Sends one payload, after the raw output and the text that were written before it. */
  send(kind: FrameKind, execution: number, payload: Uint8Array): void {
    this.#enter(() => {
      this.#order(kind, execution);
      for (const frame of encodeFrame({ kind, execution, payload })) this.#put(frame);
    });
  }

  /** Sends one payload, a small one together with what is sent next: for what little but the end of the execution is about to follow. The watcher asks for it where code does not give way. */
  hold(kind: FrameKind, execution: number, payload: Uint8Array): void {
    if (payload.length > mostHeldBytes) return this.send(kind, execution, payload);
    this.#enter(() => {
      this.#order(kind, execution);
      [this.#held] = encodeFrame({ kind, execution, payload });
      Atomics.store(this.#state.numbers, places.hasText, 1);
    });
  }

  /** What waits is sent. */
  release(): void {
    this.#enter(() => {
      this.flush();
      this.#put(new Uint8Array(0));
    });
  }

  /** What was sent before comes before what is written to the raw pipes from here on, and the other way round. */
  fence(): void {
    this.#enter(() => {
      this.flush();
      this.#fence();
    });
  }

  #enter(work: () => void): void {
    needStack();
    if (this.gate) this.gate.within(work);
    else work();
  }

  #order(kind: FrameKind, execution: number): void {
    if (kind !== 'stdout' && kind !== 'stderr') this.flush();
    if (this.isRawPossible && execution === this.#execution) this.#fence();
  }

  #put(frame: Uint8Array): void {
    const held = this.#held;
    if (!held) return writeWhole(channelFd, frame);
    this.#held = undefined;
    Atomics.store(this.#state.numbers, places.hasText, 0);
    const both = new Uint8Array(held.length + frame.length);
    both.set(held);
    both.set(frame, held.length);
    writeWhole(channelFd, both);
  }

  #fence(): void {
    if (this.#execution === 0) return;
    // What waits was there before what the pipes are about to carry.
    if (this.#held) this.#put(new Uint8Array(0));
    const marker = new Uint8Array(markerBytes);
    marker.set(markerStart);
    marker.set(this.#marker, markerStart.length);
    const sequence = marker.subarray(markerBytes - 5);
    new DataView(marker.buffer).setUint32(markerBytes - 5, ++this.#sequence, true);
    for (const fd of pipeFds) writeWhole(fd, marker);
    sequence[4] = bothPipes;
    this.isRawPossible = this.mayGoOn();
    const [frame] = encodeFrame({ kind: 'barrier', execution: this.#execution, payload: sequence });
    this.#put(frame as Uint8Array);
  }
}

const markerStart = toBytes('\0QS\u0001');
const markerBytes = 41;

/** A frame that is none ends the process: no host says that. */
function decode(bytes: Uint8Array): Frame[] {
  try {
    return decoder.push(bytes);
  } catch {
    return leaveProcess(1);
  }
}

/** The rest of a frame, which is on its way. */
function readNow(): Uint8Array {
  const bytes = new Uint8Array(readBytes);
  for (;;) {
    try {
      const length = readSync(channelFd, bytes);
      return length === 0 ? leaveProcess(0) : bytes.subarray(0, length);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') leaveProcess(1);
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

/** Waits while the host does not read: that is how a slow reader slows the code down (R8). */
function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') leaveProcess(1);
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
