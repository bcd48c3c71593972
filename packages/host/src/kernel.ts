import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import type { Socket } from 'node:net';
import { type ControlGroup, type GroupUsage, currentTicks, readProcessorWaits } from '@quicksand/isolation';
import { type FrameKind, encodeFrame } from '@quicksand/protocol';
import type { Channel } from './channel-server.ts';
import { Grace } from './grace.ts';
import { type KernelItem, KernelInbox, type StreamName } from './kernel-inbox.ts';
import { ProtocolViolation } from './kernel-frames.ts';
import type { KernelProgram } from './kernel-program.ts';
import { PacedReader } from './paced-reader.ts';
import { RawPipe } from './raw-pipe.ts';
import type { ReadBudget } from './read-budget.ts';
import type { Log } from './log.ts';
import type { ExitCause, SpawnedProcess, Zygote } from './zygote.ts';

/** Why a kernel ended. */
export type KernelEnd =
  | { readonly type: 'exited'; readonly code: number }
  | { readonly type: 'out-of-memory' }
  | { readonly type: 'signalled'; readonly signal: number }
  /** Nobody knows how: the process that would have been told had died before. */
  | { readonly type: 'vanished' }
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
  /** Where the kernel speaks more than one. */
  readonly language?: 'typescript';
  readonly executionCount: number;
  /** Changes of the environment that stay, null for what is taken away. */
  readonly env?: Readonly<Record<string, string | null>>;
  readonly envVars: Readonly<Record<string, string>>;
  /** Whether plots are to be told as data, too. */
  readonly charts: boolean;
}

/** What a {@link Kernel} is made of. */
export interface KernelParts {
  readonly key: string;
  readonly program: KernelProgram;
  readonly process: SpawnedProcess;
  readonly channel: Channel;
  readonly zygote: Zygote;
  /** That of its sandbox. */
  readonly budget: ReadBudget;
  /** The group of the kernel and of all that it starts. The kernel removes it at its end. */
  readonly group: ControlGroup;
  /** The group of its whole sandbox. */
  readonly sandboxGroup: ControlGroup;
  readonly log: Log;
}

/** How long the host waits for an end marker while it reads, the same with all delays, and for the pipes of a dead kernel to close; milliseconds. */
const markerTimeoutMs = 1000;
const mostMarkerMs = 10_000;
const drainTimeoutMs = 500;

/** How much of the memory for a heap was used when it is called full: the rest is lost between what cannot be moved. */
const fullHeapShare = 0.8;

/** Most that is read ahead of a barrier, in bytes: a frame and a little (R8). */
const readAheadBytes = 2 * 1024 * 1024;

/** The host's end of a kernel: frames in, items out. Decides nothing about executions. */
export class Kernel {
  readonly #parts: KernelParts;
  readonly #socket: Socket;
  readonly #reader: PacedReader;
  readonly #inbox: KernelInbox;
  readonly #pipes: Record<StreamName, RawPipe>;
  readonly #sink: KernelSink;
  #violation: string | undefined;
  #paused = false;
  #ahead = false;
  #ended = false;
  #startTicks = 0;
  #oomKills = 0;
  #pidsRefused = 0;
  #used: GroupUsage = { cpuMs: 0, peakMemoryBytes: 0 };
  /** What is done about a barrier that waits; `passed` is the one before it. */
  #markerWait: { readonly passed: number; readonly timer: NodeJS.Timeout; grace?: Grace } | undefined;
  /** The processes that the last interrupt has met, beside the kernel. */
  #interrupted: readonly number[] = [];

  constructor(parts: KernelParts, sink: KernelSink) {
    this.#parts = parts;
    this.#sink = sink;
    this.#socket = parts.channel.socket;
    this.#inbox = new KernelInbox(parts.channel.decoder);
    this.#pipes = { stdout: this.#openPipe('stdout'), stderr: this.#openPipe('stderr') };
    this.#reader = new PacedReader(this.#socket, parts.budget, {
      onBytes: (bytes) => this.#take(() => this.#inbox.pushChannel(bytes)),
      onRest: () => this.#pacePipes(),
    });
    this.#take(() => this.#inbox.pushFrames(parts.channel.frames));
    void this.#waitForEnd();
  }

  /** What the kernel and all that it started have used; the peak of memory is that since the last {@link execute}. */
  get usage(): GroupUsage {
    if (!this.#ended) this.#used = this.#parts.group.usage();
    return this.#used;
  }

  /** The processor time of that. */
  get cpuMs(): number {
    return this.#ended ? this.#used.cpuMs : this.#parts.group.cpuMs;
  }

  /** True when a process or a thread was refused since the last {@link execute}: its context, or its sandbox, may have no more. */
  get wasRefusedProcess(): boolean {
    return this.#countRefusedProcesses() > this.#pidsRefused;
  }

  /** Has it take, while nobody waits, the memory that its first execution will need. */
  rehearse(): void {
    if (this.#parts.program.rehearses) this.#send('rehearse', 0, '');
  }

  /** Sends code. The caller keeps the order of docs/kernel-channel.md: one at a time, after the last was acknowledged. */
  execute({ number, ...execution }: KernelExecution): void {
    const { group } = this.#parts;
    group.resetPeak();
    this.#oomKills = group.oomKills;
    this.#pidsRefused = this.#countRefusedProcesses();
    this.#startTicks = currentTicks();
    const marker = randomUUID().replaceAll('-', '');
    for (const pipe of Object.values(this.#pipes)) pipe.scanner.expect(marker);
    this.#send('execute', number, JSON.stringify({ ...execution, marker }));
  }

  /**
   * Interrupts an execution and the processes that it started; the kernel answers `interrupted`. What earlier executions left running is spared, and what
   * the code starts when it hears of this: so the processes are listed first.
   */
  interrupt(number: number): void {
    const { key, program, zygote, group } = this.#parts;
    this.#interrupted = this.#listStarted();
    this.#send('interrupt', number, '');
    if (program.needsSignal) zygote.signal(key, 'SIGINT', !group.isEnforced);
    group.signalStartedSince(this.#startTicks, 'SIGINT', this.#interrupted);
  }

  /**
   * After an interrupted execution: ends the processes that it started, wherever they have put themselves, and then has the kernel answer
   * `interrupted` once more, which comes behind all that those processes wrote (R4, R6).
   */
  async endChildren(number: number): Promise<void> {
    const { group, process } = this.#parts;
    await group.killStartedSince(this.#startTicks, [process.pid]);
    this.#send('interrupt', number, '');
  }

  /**
   * Asks once more: ends what is left of the processes that were interrupted, and repeats the signal, which Linux may have given to a thread of the kernel
   * that is not the main one. What the code has started since, perhaps to clean up, is spared where the kernel `isHeard` to have had the interrupt, and code
   * in its language can clean up.
   */
  insist(isHeard: boolean): void {
    const { key, program, zygote, group } = this.#parts;
    if (!isHeard || !program.needsSignal) this.#interrupted = this.#listStarted();
    group.signalStartedSince(this.#startTicks, 'SIGKILL', this.#interrupted);
    if (program.needsSignal) zygote.signal(key, 'SIGINT', false);
  }

  /** The processes that the execution has started. */
  #listStarted(): number[] {
    const { process, group } = this.#parts;
    return group.startedSince(this.#startTicks).filter((pid) => pid !== process.pid);
  }

  /**
   * Measures from now on for how long the kernel could not go on, though it would have: its threads waited for a processor, or the host did not read what
   * it sends. In milliseconds.
   */
  watchDelay(): () => number {
    const { pid } = this.#parts.process;
    const before = readProcessorWaits(pid);
    const restedBefore = this.#reader.restedMs;
    return () => {
      const waits = [...readProcessorWaits(pid)].map(([thread, wait]) => wait - (before.get(thread) ?? 0));
      return Math.max(0, ...waits) + this.#reader.restedMs - restedBefore;
    };
  }

  /** Reads what it has sent until now, also where the host was too busy for it. */
  catchUp(): Promise<void> {
    return this.#reader.catchUp();
  }

  /** Ends the kernel and all that it started, at once. `onEnd` follows. */
  kill(): void {
    this.#parts.zygote.signal(this.#parts.key, 'SIGKILL', true);
    void this.#parts.group.killAll();
  }

  /** Stops reading, so that the code blocks when it writes on (R8). */
  pause(): void {
    if (this.#paused || this.#ended) return;
    this.#paused = true;
    this.#reader.pause();
    this.#pacePipes();
  }

  /** Reads on: first what the channel had already read, then the pipes (R2). */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (!this.#ahead) this.#reader.resume();
    setImmediate(() => this.#pacePipes());
  }

  /** Hands on raw output that was held back for the rest of a character. */
  flushRaw(): void {
    for (const pipe of Object.values(this.#pipes)) pipe.flush();
  }

  /** Where the limit of the sandbox is met, and not that of the context, it is counted at the sandbox. */
  #countRefusedProcesses(): number {
    return this.#parts.group.pidsRefused + this.#parts.sandboxGroup.pidsRefused;
  }

  #openPipe(stream: StreamName): RawPipe {
    return new RawPipe(this.#parts.process.pipes.take(stream), {
      onRawText: (text) => {
        if (this.#violation === undefined) this.#take(() => this.#inbox.pushText(stream, text));
        else this.#sink.onItem({ from: 'pipe', stream, text });
      },
      onMarker: (sequence) => this.#take(() => this.#inbox.pushMarker(stream, sequence)),
    });
  }

  /** The pipes rest while the channel does, and one that waits for a barrier: what was written first comes first (R2). */
  #pacePipes(): void {
    const rests = this.#paused || this.#reader.isResting;
    for (const stream of ['stdout', 'stderr'] as const) {
      if (rests || this.#inbox.holds(stream)) this.#pipes[stream].pause();
      else this.#pipes[stream].resume();
    }
    this.#watchMarker();
  }

  #take(items: () => Iterable<KernelItem>): void {
    if (this.#violation !== undefined) return;
    try {
      for (const item of items()) {
        if (item.from === 'channel') this.#settleMarkers();
        this.#sink.onItem(item);
      }
    } catch (error) {
      // Whatever a kernel can make fail costs that kernel, and never the host.
      if (!(error instanceof ProtocolViolation))
        this.#parts.log('error', 'a frame could not be handled', { error: String(error) });
      this.#violate(error instanceof ProtocolViolation ? error.message : 'a frame that could not be handled');
    }
    this.#pacePipes();
    this.#watchReadAhead();
  }

  /** What was read from a pipe before a frame came, and looked like the start of a marker, comes before that frame (R2). */
  #settleMarkers(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (!this.#inbox.holds(stream)) this.#pipes[stream].settleMarker();
    }
  }

  /** Behind a barrier whose marker may never come only so much is read (R8). */
  #watchReadAhead(): void {
    const isAhead = this.#inbox.waitingBytes > readAheadBytes && this.#violation === undefined;
    if (isAhead === this.#ahead) return;
    this.#ahead = isAhead;
    if (isAhead) this.#reader.pause();
    else if (!this.#paused) this.#reader.resume();
  }

  /** A barrier waits for its marker, and a marker for its barrier, only while the host reads. */
  #watchMarker(): void {
    const waits = this.#inbox.blocked && !this.#paused && !this.#reader.isResting && !this.#ended;
    const { passed } = this.#inbox;
    if (waits ? this.#markerWait?.passed === passed : !this.#markerWait) return;
    clearTimeout(this.#markerWait?.timer);
    this.#markerWait?.grace?.[Symbol.dispose]();
    const half = markerTimeoutMs / 2;
    this.#markerWait = waits ? { passed, timer: setTimeout(() => this.#graceMarker(half), half) } : undefined;
  }

  /** It is late. That is measured only now: markers are many, and of those that come in time nobody asks what held them up. */
  #graceMarker(ms: number): void {
    if (!this.#markerWait) return;
    const onPassed = (): void => this.#violate('an end marker did not come');
    this.#markerWait.grace = new Grace(this, { ms, mostMs: mostMarkerMs, onHalf: () => {}, onPassed });
  }

  #violate(reason: string): void {
    this.#violation ??= reason;
    this.#watchReadAhead();
    this.kill();
  }

  #send(kind: FrameKind, execution: number, payload: string): void {
    if (this.#socket.destroyed) return;
    for (const frame of encodeFrame({ kind, execution, payload: Buffer.from(payload) })) this.#socket.write(frame);
  }

  async #waitForEnd(): Promise<void> {
    const { process, group } = this.#parts;
    const cause = await process.exited;
    // Nothing that the kernel started outlives it; then nobody holds the pipes open any more, and they end.
    await group.killAll();
    this.resume(); // what is left is bounded by the sizes of the socket and the pipes
    this.#reader.hurry();
    await this.#drain();
    this.#used = group.usage();
    this.#ended = true;
    this.#watchMarker();
    this.flushRaw();
    const ranOutOfMemory = group.oomKills > this.#oomKills || this.#hasFilledHeap(cause);
    await group.close().catch((error: Error) => this.#parts.log('error', error.message));
    if (this.#violation !== undefined) this.#sink.onEnd({ type: 'violation', reason: this.#violation });
    else this.#sink.onEnd(toKernelEnd(cause, ranOutOfMemory));
  }

  /** Node ends itself when its heap is full. */
  #hasFilledHeap({ signal }: ExitCause): boolean {
    const { heapBytes } = this.#parts.program;
    const isFull = heapBytes !== undefined && this.#used.peakMemoryBytes > heapBytes * fullHeapShare;
    return isFull && signal === constants.signals.SIGABRT;
  }

  /** Reads the channel and the pipes to their ends (R4). Where groups are not enforced a process that outlived the kernel may hold one open: that is not waited for. */
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
    // Without the channel no barrier will come.
    const released = closed.then(() => this.#take(() => this.#inbox.release()));
    await Promise.race([expired, Promise.all([released, this.#pipes.stdout.closed, this.#pipes.stderr.closed])]);
    timer.abort();
    for (const item of this.#inbox.release()) this.#sink.onItem(item);
    this.#socket.destroy();
    for (const pipe of Object.values(this.#pipes)) pipe.destroy();
  }
}

function toKernelEnd({ code, signal }: ExitCause, ranOutOfMemory: boolean): KernelEnd {
  const isKnown = code !== null || signal !== null;
  const isOfMemory = signal === constants.signals.SIGKILL || signal === constants.signals.SIGABRT || !isKnown;
  if (ranOutOfMemory && isOfMemory) return { type: 'out-of-memory' };
  if (signal !== null) return { type: 'signalled', signal };
  return code === null ? { type: 'vanished' } : { type: 'exited', code };
}
