import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Socket } from 'node:net';
import { type FrameKind, encodeFrame } from '@quicksand/protocol';
import type { Channel } from './channel-server.ts';
import { type KernelItem, KernelInbox, type StreamName } from './kernel-inbox.ts';
import { ProtocolViolation } from './kernel-frames.ts';
import { ProcessUsage } from './process-usage.ts';
import { RawPipe } from './raw-pipe.ts';
import type { SpawnedProcess, Zygote } from './zygote.ts';

/** Why a kernel ended. */
export type KernelEnd =
  | { readonly type: 'exited'; readonly code: number }
  | { readonly type: 'signalled'; readonly signal: number }
  | { readonly type: 'violation'; readonly reason: string };

/** Takes what a kernel does. `onEnd` comes once and last. */
export interface KernelSink {
  onItem(item: KernelItem): void;
  onEnd(end: KernelEnd): void;
}

/** One piece of code as it goes to a kernel. */
export interface KernelExecution {
  readonly number: number;
  readonly code: string;
  readonly executionCount: number;
  readonly envVars: Readonly<Record<string, string>>;
}

/** What a {@link Kernel} is made of. */
export interface KernelParts {
  readonly key: string;
  readonly process: SpawnedProcess;
  readonly channel: Channel;
  readonly pipes: { readonly stdout: string; readonly stderr: string };
  readonly zygote: Zygote;
}

/** How long the host waits for an end marker while it reads, and for the pipes of a dead kernel to close; milliseconds. */
const markerTimeoutMs = 1000;
const drainTimeoutMs = 500;

/** The host's end of a kernel: frames in, items out. Decides nothing about executions. */
export class Kernel {
  /** What its process has used. */
  readonly usage: ProcessUsage;
  readonly #parts: KernelParts;
  readonly #socket: Socket;
  readonly #inbox: KernelInbox;
  readonly #pipes: Record<StreamName, RawPipe>;
  readonly #sink: KernelSink;
  #violation: string | undefined;
  #paused = false;
  #ended = false;
  #markerTimer: NodeJS.Timeout | undefined;

  constructor(parts: KernelParts, sink: KernelSink) {
    this.#parts = parts;
    this.#sink = sink;
    this.usage = new ProcessUsage(parts.process.pid);
    this.#socket = parts.channel.socket;
    this.#inbox = new KernelInbox(parts.channel.decoder);
    this.#pipes = { stdout: this.#openPipe('stdout'), stderr: this.#openPipe('stderr') };
    parts.zygote.opened(parts.key);
    // Both ends are open: the names are needed no longer.
    void rm(dirname(parts.pipes.stdout), { recursive: true, force: true });
    this.#socket.on('data', (chunk: Buffer) => this.#take(() => this.#inbox.pushChannel(chunk)));
    this.#socket.resume();
    this.#take(() => this.#inbox.pushFrames(parts.channel.frames));
    void this.#waitForEnd();
  }

  /** Sends code. The caller keeps the order of docs/kernel-channel.md: one at a time, after the last was acknowledged. */
  execute({ number, ...execution }: KernelExecution): void {
    const marker = randomUUID().replaceAll('-', '');
    for (const pipe of Object.values(this.#pipes)) pipe.scanner.expect(marker);
    this.#send('execute', number, JSON.stringify({ ...execution, marker }));
  }

  /** Interrupts an execution and the processes of its group; the kernel answers `interrupted`. */
  interrupt(number: number): void {
    this.#send('interrupt', number, '');
    this.#parts.zygote.signal(this.#parts.key, 'SIGINT', true);
  }

  /** Ends the kernel at once. `onEnd` follows. */
  kill(): void {
    this.#parts.zygote.signal(this.#parts.key, 'SIGKILL', true);
  }

  /** Stops reading, so that the code blocks when it writes on (R8). */
  pause(): void {
    if (this.#paused || this.#ended) return;
    this.#paused = true;
    this.#socket.pause();
    for (const pipe of Object.values(this.#pipes)) pipe.pause();
    this.#watchMarker();
  }

  /** Reads on: first what the channel had already read, then the pipes (R2). */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
    setImmediate(() => {
      if (this.#paused) return;
      for (const pipe of Object.values(this.#pipes)) pipe.resume();
      this.#watchMarker();
    });
  }

  /** Hands on raw output that was held back for the rest of a character. */
  flushRaw(): void {
    for (const pipe of Object.values(this.#pipes)) pipe.flush();
  }

  #openPipe(stream: StreamName): RawPipe {
    return new RawPipe(this.#parts.pipes[stream], {
      onRawText: (text) => this.#sink.onItem({ from: 'pipe', stream, text }),
      onMarker: (sequence) => this.#take(() => this.#inbox.pushMarker(stream, sequence)),
    });
  }

  #take(items: () => Iterable<KernelItem>): void {
    if (this.#violation !== undefined) return;
    try {
      for (const item of items()) this.#sink.onItem(item);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#violate(error.message);
    }
    this.#watchMarker();
  }

  /** A barrier waits for its marker only while the host reads. */
  #watchMarker(): void {
    const waits = this.#inbox.blocked && !this.#paused && !this.#ended;
    if (waits) {
      this.#markerTimer ??= setTimeout(() => this.#violate('an end marker did not come'), markerTimeoutMs);
    } else {
      clearTimeout(this.#markerTimer);
      this.#markerTimer = undefined;
    }
  }

  #violate(reason: string): void {
    this.#violation ??= reason;
    this.kill();
  }

  #send(kind: FrameKind, execution: number, payload: string): void {
    if (this.#socket.destroyed) return;
    for (const frame of encodeFrame({ kind, execution, payload: Buffer.from(payload) })) this.#socket.write(frame);
  }

  async #waitForEnd(): Promise<void> {
    const cause = await this.#parts.process.exited;
    this.resume(); // what is left is bounded by the sizes of the socket and the pipes
    await this.#drain();
    this.#ended = true;
    this.#watchMarker();
    this.flushRaw();
    this.usage[Symbol.dispose]();
    if (this.#violation !== undefined) this.#sink.onEnd({ type: 'violation', reason: this.#violation });
    else if (cause.signal !== null) this.#sink.onEnd({ type: 'signalled', signal: cause.signal });
    else this.#sink.onEnd({ type: 'exited', code: cause.code ?? 0 });
  }

  /** Reads the channel and the pipes to their ends (R4). A process that outlived the kernel may hold a pipe open: that is not waited for. */
  async #drain(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.#socket.destroyed) resolve();
      else this.#socket.once('close', () => resolve());
    });
    const timer = new AbortController();
    const expired = new Promise<void>((resolve) => {
      const timeout = setTimeout(resolve, drainTimeoutMs);
      timer.signal.addEventListener('abort', () => clearTimeout(timeout));
    });
    await Promise.race([expired, Promise.all([closed, this.#pipes.stdout.closed, this.#pipes.stderr.closed])]);
    timer.abort();
    this.#socket.destroy();
    for (const pipe of Object.values(this.#pipes)) pipe.destroy();
  }
}
