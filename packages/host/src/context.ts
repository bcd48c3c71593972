import { constants } from 'node:os';
import {
  type ContextInfo,
  type ErrorPayload,
  type InterruptInfo,
  type Language,
  SandboxError,
} from '@quicksand/protocol';
import type { Cause, Execution } from './execution.ts';
import { interruptedBy } from './execution.ts';
import type { KernelItem } from './kernel-inbox.ts';
import type { Kernel, KernelEnd, KernelSink } from './kernel.ts';

// Keeps R6 (identity) and R10 (limits speak).

/** How a {@link Context} is made. */
export interface ContextOptions {
  readonly id: string;
  readonly language: Language;
  readonly cwd: string;
  /** The whole environment of the context now: what was set for its sandbox, and what the context has of its own. */
  readonly env: () => Readonly<Record<string, string>>;
  /** Executions that may wait. */
  readonly maxQueued: number;
  /** Starts a kernel for this context. */
  readonly openKernel: (sink: KernelSink) => Promise<OpenedKernel>;
}

/** A kernel that was started, and the environment that it was given. */
export interface OpenedKernel {
  readonly kernel: Kernel;
  readonly env: Readonly<Record<string, string>>;
}

/** How long code may ignore an interrupt before its kernel is ended, in milliseconds (R10). */
const interruptGraceMs = 2000;

/** What Python and Node call it when the kernel refuses a process or a thread. */
const refusalNames = ['BlockingIOError', 'OSError', 'RuntimeError', 'Error'];

interface Running {
  readonly execution: Execution;
  readonly kernel: Kernel;
  readonly number: number;
  /** Interrupts that the kernel has not acknowledged. */
  unacknowledged: number;
  done: boolean;
  /** It met the limit of processes. */
  refused: boolean;
  /** The processes that it started are being ended. */
  settling: boolean;
  readonly finished: PromiseWithResolvers<KernelEnd | undefined>;
}

/** A language kernel with its state. Runs one execution at a time, in the order in which they came. */
export class Context {
  readonly id: string;
  readonly language: Language;
  readonly cwd: string;
  readonly createdAt: Date = new Date();
  readonly #options: ContextOptions;
  readonly #queue: Execution[] = [];
  #lastUsed = new Date();
  #kernel: Kernel | undefined;
  /** The environment that the kernel was given. */
  #kernelEnv: Readonly<Record<string, string>> = {};
  #kernelEnded: Promise<void> = Promise.resolve();
  #running: Running | undefined;
  #working: Promise<void> = Promise.resolve();
  #busy = false;
  #closed = false;
  #number = 0;
  #restarts = 0;
  #lastRestart: { at: string; reason: string } | undefined;

  constructor(options: ContextOptions) {
    this.#options = options;
    this.id = options.id;
    this.language = options.language;
    this.cwd = options.cwd;
  }

  /** Starts the kernel, so that a context that cannot work is never handed out. */
  async start(): Promise<void> {
    await this.#ensureKernel();
  }

  get lastUsed(): Date {
    return this.#lastUsed;
  }

  get busy(): boolean {
    return this.#busy;
  }

  get info(): ContextInfo {
    return {
      id: this.id,
      language: this.language,
      cwd: this.cwd,
      createdAt: this.createdAt.toISOString(),
      lastUsed: this.#lastUsed.toISOString(),
      status: this.#closed ? 'dead' : this.#busy ? 'busy' : this.#kernel ? 'idle' : 'restarting',
      executionCount: this.#number,
      queued: this.#queue.length,
      restarts: this.#restarts,
      ...(this.#lastRestart && { lastRestart: this.#lastRestart }),
    };
  }

  /** Puts an execution at the end of the queue. Throws `too_many_executions`. */
  enqueue(execution: Execution): void {
    if (this.#queue.length >= this.#options.maxQueued) {
      throw new SandboxError('too_many_executions', {
        message: `${this.#queue.length} executions already wait in context ${this.id}`,
        hint: 'wait for one to end, or create another context: contexts run in parallel',
        details: { contextId: this.id, queued: this.#queue.length },
      });
    }
    if (this.#closed) {
      throw new SandboxError('context_not_found', {
        message: `context ${this.id} was deleted`,
        hint: 'create another one',
      });
    }
    this.#lastUsed = new Date();
    execution.onStop = () => this.#dropQueued(execution);
    this.#queue.push(execution);
    if (!this.#busy) {
      this.#busy = true;
      this.#working = this.#work();
    }
  }

  /** Interrupts what runs now, if anything does. */
  interrupt(): InterruptInfo {
    const execution = this.#running?.execution;
    execution?.stop(interruptedBy('an interrupt of its context'));
    return execution ? { interrupted: true, executionId: execution.id } : { interrupted: false };
  }

  /** Replaces the kernel by a new, empty one; what runs ends, what waits runs in the new one. */
  async restart(): Promise<void> {
    this.#running?.execution.stop(removedBy('its context was restarted'));
    const running = this.#running?.finished.promise;
    this.#kernel?.kill();
    await running;
    await this.#kernelEnded;
    if (!this.#closed) await this.#ensureKernel();
  }

  /** Ends the kernel and everything that waits, naming the cause. */
  async close(cause: Cause): Promise<void> {
    this.#closed = true;
    for (const execution of [...this.#queue]) execution.stop(cause);
    this.#running?.execution.stop(cause);
    this.#kernel?.kill();
    await this.#working;
    this.#kernel?.kill();
    await this.#kernelEnded;
  }

  #dropQueued(execution: Execution): void {
    const at = this.#queue.indexOf(execution);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#complete(execution, 0);
  }

  async #work(): Promise<void> {
    for (let execution = this.#queue.shift(); execution; execution = this.#queue.shift()) {
      execution.onStop = undefined;
      await this.#runOne(execution);
      this.#lastUsed = new Date();
    }
    this.#busy = false;
  }

  async #runOne(execution: Execution): Promise<void> {
    let kernel: Kernel;
    try {
      kernel = await this.#ensureKernel();
    } catch (error) {
      const why = SandboxError.is(error) ? error.message : 'no kernel could be started';
      execution.stop({ outcome: 'killed', ename: 'Quicksand.KernelStartFailed', evalue: why });
      this.#complete(execution, 0);
      return;
    }
    if (execution.cause) return this.#complete(execution, this.#number);
    const cpuBefore = kernel.usage.cpuMs;
    const startedAt = performance.now();
    const running: Running = {
      execution,
      kernel,
      number: ++this.#number,
      unacknowledged: 0,
      done: false,
      refused: false,
      settling: false,
      finished: Promise.withResolvers(),
    };
    this.#running = running;
    const end = await this.#execute(running);
    this.#running = undefined;
    const { cpuMs, peakMemoryBytes } = kernel.usage;
    const usage = {
      wallMs: toMicroseconds(performance.now() - startedAt),
      cpuMs: toMicroseconds(cpuMs - cpuBefore),
      peakMemoryBytes,
    };
    execution.complete({ executionCount: running.number, state: end ? 'lost' : 'kept', usage });
  }

  /** Runs until the kernel says that the code has ended, or until the kernel ends. */
  async #execute(running: Running): Promise<KernelEnd | undefined> {
    const { execution, kernel, number } = running;
    const timers = new AbortController();
    const { timeoutMs } = execution;
    const timeout = setTimeout(() => execution.stop(timeoutAfter(timeoutMs)), timeoutMs);
    let kill: NodeJS.Timeout | undefined;
    timers.signal.addEventListener('abort', () => (clearTimeout(timeout), clearTimeout(kill)));
    execution.onFull = (full) => (full ? kernel.pause() : kernel.resume());
    execution.onStop = () => {
      kernel.resume();
      if (running.done) return;
      if (execution.cause?.outcome === 'killed') return kernel.kill();
      running.unacknowledged++;
      kernel.interrupt(number);
      kill = setTimeout(() => kernel.kill(), interruptGraceMs);
    };
    execution.begin();
    const { code, envVars = {}, charts = true } = execution.request;
    const env = this.#options.env();
    const changes = toChanges(this.#kernelEnv, env);
    this.#kernelEnv = env;
    kernel.execute({ number, code, executionCount: number, ...(changes && { env: changes }), envVars, charts });
    const end = await running.finished.promise;
    timers.abort('ended');
    execution.onStop = undefined;
    execution.onFull = undefined;
    if (end) execution.stop(toCause(end));
    // Until the log has room again the next execution must wait too: its kernel is the one that was paused.
    if (!end) kernel.resume();
    return end;
  }

  #complete(execution: Execution, executionCount: number): void {
    execution.complete({
      executionCount,
      state: this.#kernel && !this.#closed ? 'kept' : 'lost',
      usage: { wallMs: 0, cpuMs: 0, peakMemoryBytes: 0 },
    });
  }

  async #ensureKernel(): Promise<Kernel> {
    if (this.#kernel) return this.#kernel;
    await this.#kernelEnded;
    const ended = Promise.withResolvers<void>();
    const { kernel, env } = await this.#options.openKernel({
      onItem: (item) => this.#onItem(item),
      onEnd: (end) => {
        this.#onEnd(end);
        ended.resolve();
      },
    });
    this.#kernelEnded = ended.promise;
    this.#kernel = kernel;
    this.#kernelEnv = env;
    this.#number = 0;
    if (this.#closed) kernel.kill();
    return kernel;
  }

  #onItem(item: KernelItem): void {
    const running = this.#running;
    if (item.from === 'pipe') {
      running?.execution.addText(item.stream, item.text);
      return;
    }
    // R6: what an ended execution still says belongs to nobody.
    if (!running || item.execution !== running.number) return;
    const { message } = item;
    if (message.type === 'interrupted') running.unacknowledged--;
    else if (message.type === 'done') running.done = true;
    else if (running.done) return;
    else if (message.type === 'text') running.execution.addText(message.stream, message.text);
    else if (message.type === 'result') running.execution.addResult(message.result);
    else this.#addError(running, message.payload);
    if (running.done && running.unacknowledged <= 0) this.#finish(running);
  }

  /** What was interrupted, or met the limit of processes, leaves nothing running (R6): its processes are ended first, and what they wrote is read. */
  #finish(running: Running): void {
    const { execution, kernel, number, finished } = running;
    if ((execution.cause || running.refused) && !running.settling) {
      running.settling = true;
      running.unacknowledged++;
      void kernel.endChildren(number);
      return;
    }
    kernel.flushRaw();
    finished.resolve(undefined);
  }

  /** An error that comes from the limit of processes says so (R10). */
  #addError(running: Running, payload: ErrorPayload): void {
    const { execution, kernel } = running;
    if (!refusalNames.includes(payload.ename) || !kernel.wasRefusedProcess) return execution.addError(payload);
    running.refused = true;
    const ename = 'Quicksand.TooManyProcesses';
    const evalue = `the code was refused a new process or thread, since its context or its sandbox has as many as it may; ${payload.ename}: ${payload.evalue}`;
    const traceback = [...payload.traceback.slice(0, -1), `${ename}: ${evalue}`];
    execution.addError({ ...payload, ename, evalue, traceback }, 'host');
  }

  #onEnd(end: KernelEnd): void {
    this.#kernel = undefined;
    this.#restarts++;
    this.#lastRestart = { at: new Date().toISOString(), reason: toCause(end).evalue };
    this.#running?.finished.resolve(end);
  }
}

/** The cause of an execution whose context goes away; `why` is a whole sentence. */
export function removedBy(why: string): Cause {
  return { outcome: 'killed', ename: 'Quicksand.ContextDeleted', evalue: why };
}

/** What is different in `after`, with null for what is gone; undefined when nothing is. */
function toChanges(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Record<string, string | null> | undefined {
  const changed = Object.entries(after).filter(([name, value]) => before[name] !== value);
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  if (changed.length + gone.length === 0) return undefined;
  return Object.fromEntries<string | null>([...changed, ...gone.map((name): [string, null] => [name, null])]);
}

function toMicroseconds(ms: number): number {
  return Math.max(0, Math.round(ms * 1000) / 1000);
}

function timeoutAfter(timeoutMs: number): Cause {
  return {
    outcome: 'timeout',
    ename: 'Quicksand.Timeout',
    evalue: `the code ran longer than its timeout of ${timeoutMs} ms`,
  };
}

/** Says in a plain sentence why a kernel ended (R10). */
function toCause(end: KernelEnd): Cause {
  switch (end.type) {
    case 'exited':
      return {
        outcome: 'killed',
        ename: 'Quicksand.KernelExited',
        evalue: `the code ended its own kernel with exit status ${end.code}`,
      };
    case 'vanished':
      return {
        outcome: 'killed',
        ename: 'Quicksand.KernelKilled',
        evalue: 'the kernel ended; how is not known, since the process that would have been told had ended before',
      };
    case 'out-of-memory':
      return {
        outcome: 'killed',
        ename: 'Quicksand.OutOfMemory',
        evalue: 'the code used more memory than its context or its sandbox may have, so its kernel was ended',
      };
    case 'signalled': {
      const name = Object.entries(constants.signals).find(([, number]) => number === end.signal)?.[0];
      return {
        outcome: 'killed',
        ename: 'Quicksand.KernelKilled',
        evalue: `signal ${end.signal}${name ? ` (${name})` : ''} ended the kernel`,
      };
    }
    case 'violation':
      return {
        outcome: 'killed',
        ename: 'Quicksand.ProtocolViolation',
        evalue: `the kernel broke the protocol and was ended: ${end.reason}`,
      };
  }
}
