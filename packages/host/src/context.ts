import {
  type ContextInfo,
  type ContextState,
  type ErrorPayload,
  type InterruptInfo,
  type Language,
  SandboxError,
} from '@quicksand/protocol';
import { type Cause, endedWith, interruptedBy, removedBy, timeoutAfter } from './cause.ts';
import {
  type ContextEffect,
  type ContextInput,
  type ContextStanding,
  advanceContext,
  createContextStanding,
  toContextStatus,
} from './context-machine.ts';
import { contextDeleted, endedAtOnce, tooManyExecutions } from './context-errors.ts';
import { toEnvironmentChanges } from './environment-changes.ts';
import type { Execution } from './execution.ts';
import { Grace } from './grace.ts';
import { IdleOutput } from './idle-output.ts';
import type { KernelItem } from './kernel-inbox.ts';
import type { Kernel, KernelEnd, KernelSink } from './kernel.ts';
import { mayBeRefusedProcess, toRefusedProcess } from './refused-process.ts';
import { noUsage, toUsage } from './usage.ts';

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

/**
 * How long code may ignore an interrupt before its kernel is ended, in milliseconds (R10): at most, and of time in which it was not delayed. After half of
 * that its children are ended.
 */
const mostGraceMs = 10_000;
const interruptGraceMs = 2000;

/** The same where the code has yielded: a kernel that keeps to the protocol answers as soon as it can. */
const settleGraceMs = mostGraceMs;

/** The execution that has the kernel, and what must be ended with it. */
interface Running {
  readonly execution: Execution;
  readonly kernel: Kernel;
  readonly number: number;
  startedAt: number;
  readonly cpuBefore: number;
  timeout: NodeJS.Timeout | undefined;
  grace: Grace | undefined;
  /** `preparing`: its code has yet to be sent, and it is being found out what the files are like. `settling`: it has ended, and it is being found out what it did. */
  step: 'preparing' | 'sent' | 'settling';
}

/** A language kernel with its state. Runs one execution at a time, in the order in which they came, as `context-machine.ts` decides. */
export class Context {
  readonly id: string;
  readonly language: Language;
  readonly cwd: string;
  readonly createdAt: Date = new Date();
  readonly #options: ContextOptions;
  readonly #waiting = new Map<string, Execution>();
  #standing: ContextStanding;
  #lastUsed = new Date();
  #kernel: Kernel | undefined;
  /** The environment that the kernel was given. */
  #kernelEnv: Readonly<Record<string, string>> = {};
  #startError: unknown;
  #running: Running | undefined;
  /** What children of the kernel have written since the last execution. */
  readonly #idleOutput = new IdleOutput();
  /** Those who wait for a kernel. */
  readonly #told: ((what: 'ready' | 'failed' | 'closed') => void)[] = [];

  constructor(options: ContextOptions) {
    this.#options = options;
    this.id = options.id;
    this.language = options.language;
    this.cwd = options.cwd;
    this.#standing = createContextStanding(options.maxQueued);
  }

  /** Starts the kernel, so that a context that cannot work is never handed out. Throws what starting one throws. */
  async start(): Promise<void> {
    await this.#ask({ type: 'start' });
  }

  get lastUsed(): Date {
    return this.#lastUsed;
  }

  /** True while an execution runs or waits. */
  get busy(): boolean {
    return this.#standing.kernel.is === 'busy' || this.#standing.queue.length > 0;
  }

  get info(): ContextInfo {
    const { executionCount, queue, restarts, lastRestart } = this.#standing;
    return {
      id: this.id,
      language: this.language,
      cwd: this.cwd,
      createdAt: this.createdAt.toISOString(),
      lastUsed: this.#lastUsed.toISOString(),
      status: toContextStatus(this.#standing),
      executionCount,
      queued: queue.length,
      restarts,
      ...(lastRestart && { lastRestart }),
    };
  }

  /** Puts an execution at the end of the queue. Throws `too_many_executions`. */
  enqueue(execution: Execution): void {
    this.#waiting.set(execution.id, execution);
    execution.onStop = () =>
      this.#feed({ type: 'stop', id: execution.id, kill: execution.cause?.outcome === 'killed' });
    try {
      this.#feed({ type: 'enqueue', id: execution.id });
    } catch (error) {
      this.#waiting.delete(execution.id);
      throw error;
    }
    this.#lastUsed = new Date();
  }

  /** Interrupts what runs now, if anything does. */
  interrupt(): InterruptInfo {
    const execution = this.#running?.execution;
    execution?.stop(interruptedBy('an interrupt of its context'));
    return execution ? { interrupted: true, executionId: execution.id } : { interrupted: false };
  }

  /** Replaces the kernel by a new, empty one; what runs ends, what waits runs in the new one. Throws what starting one throws. */
  async restart(): Promise<void> {
    this.#running?.execution.stop(removedBy('its context was restarted'));
    await this.#ask({ type: 'restart' });
  }

  /** Ends the kernel and everything that waits, naming the cause. */
  async close(cause: Cause): Promise<void> {
    const closed = this.#ask({ type: 'close' });
    for (const execution of [...this.#waiting.values()]) execution.stop(cause);
    this.#running?.execution.stop(cause);
    await closed;
  }

  /** Settles when the kernel that is wanted is there, or the context is closed. Rejects when no kernel could be started. */
  async #ask(input: ContextInput): Promise<void> {
    const told = Promise.withResolvers<'ready' | 'failed' | 'closed'>();
    this.#told.push(told.resolve);
    this.#feed(input);
    if ((await told.promise) === 'failed') throw this.#startError;
  }

  #feed(input: ContextInput): void {
    const { standing, effects } = advanceContext(this.#standing, input);
    this.#standing = standing;
    const perform = (): void => effects.forEach((effect) => this.#perform(effect));
    // What was read together with the end of an execution is still its own.
    if (effects.some(({ type }) => type === 'finish')) queueMicrotask(perform);
    else perform();
  }

  #perform(effect: ContextEffect): void {
    switch (effect.type) {
      case 'refuse':
        throw effect.why === 'full' ? tooManyExecutions(this.id, this.#standing.queue.length) : contextDeleted(this.id);
      case 'open-kernel':
        return void this.#openKernel();
      case 'kill-kernel':
        return this.#kernel?.kill();
      case 'execute':
        return this.#execute(this.#take(effect.id), effect.number);
      case 'interrupt':
        // What has yet to be sent is interrupted once it is.
        if (this.#running?.step !== 'preparing') this.#kernel?.interrupt(effect.number);
        return;
      case 'end-children':
        return void this.#endChildren(effect.number);
      case 'insist':
        return this.#kernel?.insist(effect.isHeard);
      case 'start-grace':
        return this.#startGrace(effect.number, interruptGraceMs);
      case 'read-on':
        return this.#kernel?.resume();
      case 'drop':
        return this.#take(effect.id).complete({ executionCount: 0, state: effect.state, usage: noUsage });
      case 'fail':
        return this.#fail(this.#take(effect.id));
      case 'finish':
        return this.#finish(effect.state);
      case 'tell':
        for (const resolve of this.#told.splice(0)) resolve(effect.what);
    }
  }

  /** An execution that no longer waits. */
  #take(id: string): Execution {
    const execution = this.#waiting.get(id);
    if (!execution) throw new Error(`execution ${id} does not wait`);
    this.#waiting.delete(id);
    return execution;
  }

  async #openKernel(): Promise<void> {
    let early: KernelEnd | undefined;
    let hasStarted = false;
    try {
      const { kernel, env } = await this.#options.openKernel({
        onItem: (item) => this.#onItem(item),
        onEnd: (end) => (hasStarted ? this.#onEnd(end) : (early = end)),
      });
      if (early) throw endedAtOnce(early);
      hasStarted = true;
      this.#kernel = kernel;
      this.#kernelEnv = env;
    } catch (error) {
      this.#startError = error;
    }
    this.#feed({ type: hasStarted ? 'kernel-started' : 'kernel-failed' });
  }

  #execute(execution: Execution, number: number): void {
    const kernel = this.#kernel;
    if (!kernel) throw new Error('there is no kernel');
    const prepared = execution.prepare();
    const running: Running = {
      execution,
      kernel,
      number,
      startedAt: performance.now(),
      cpuBefore: kernel.cpuMs,
      timeout: undefined,
      grace: undefined,
      step: prepared ? 'preparing' : 'sent',
    };
    this.#running = running;
    execution.onFull = (full) => (full ? kernel.pause() : kernel.resume());
    execution.begin();
    this.#idleOutput.moveTo(execution);
    if (prepared) void prepared.then(() => this.#sendPrepared(running));
    else this.#send(running);
  }

  /** A stop that came meanwhile is told the kernel only now: what runs of earlier executions is none of this one, and that it took long is not the kernel's fault. */
  #sendPrepared(running: Running): void {
    const { execution, kernel, number } = running;
    running.step = 'sent';
    this.#send(running);
    if (!execution.cause) return;
    kernel.interrupt(number);
    this.#startGrace(number, interruptGraceMs);
  }

  #send(running: Running): void {
    const { execution, kernel, number } = running;
    const { timeoutMs } = execution;
    running.startedAt = performance.now();
    running.timeout = setTimeout(() => execution.stop(timeoutAfter('code', timeoutMs)), timeoutMs);
    const { code, envVars = {}, charts = true } = execution.request;
    const env = this.#options.env();
    const changes = toEnvironmentChanges(this.#kernelEnv, env);
    this.#kernelEnv = env;
    const sent = {
      number,
      // Of what was stopped before it could begin nothing runs.
      code: execution.cause ? '' : code,
      ...(this.language === 'typescript' && { language: this.language }),
      executionCount: number,
      ...(changes && { env: changes }),
      envVars,
      charts,
    };
    kernel.execute(sent);
  }

  /** The code has yielded: what counts from here is how long the kernel takes to say that nothing of its children is left. */
  async #endChildren(number: number): Promise<void> {
    const running = this.#running;
    if (!running) return;
    running.grace?.[Symbol.dispose]();
    await running.kernel.endChildren(number);
    if (this.#running === running) this.#startGrace(number, settleGraceMs);
  }

  #startGrace(number: number, ms: number): void {
    const running = this.#running;
    if (running?.number !== number || running.step !== 'sent') return;
    running.grace?.[Symbol.dispose]();
    running.grace = new Grace(running.kernel, {
      ...{ ms, mostMs: mostGraceMs },
      onHalf: () => this.#feed({ type: 'half-grace-passed', number }),
      onPassed: () => {
        this.#feed({ type: 'grace-passed', number });
        // The cause only where nothing had stopped the code before.
        running.execution.stop(endedWith({ type: 'violation', reason: 'it did not answer an interrupt' }));
      },
    });
  }

  #finish(state: ContextState): void {
    const running = this.#running;
    if (!running) return;
    const { execution, kernel, number, startedAt, cpuBefore, timeout, grace } = running;
    if (state === 'kept') kernel.flushRaw();
    this.#running = undefined;
    clearTimeout(timeout);
    grace?.[Symbol.dispose]();
    execution.onStop = undefined;
    execution.onFull = undefined;
    // However full its log is: the next execution has the same kernel.
    if (state === 'kept') kernel.resume();
    const { cpuMs, peakMemoryBytes } = kernel.usage;
    const usage = toUsage({ wallMs: performance.now() - startedAt, cpuMs: cpuMs - cpuBefore, peakMemoryBytes });
    const reason = state === 'lost' ? this.#standing.lastRestart?.reason : undefined;
    execution.complete({ executionCount: number, state, reason, usage });
    this.#lastUsed = new Date();
  }

  #fail(execution: Execution): void {
    const why = SandboxError.is(this.#startError) ? this.#startError.message : 'no kernel could be started';
    execution.stop({ outcome: 'killed', ename: 'Quicksand.KernelStartFailed', evalue: why });
    execution.complete({ executionCount: 0, state: 'lost', usage: noUsage });
  }

  #onItem(item: KernelItem): void {
    const running = this.#running;
    if (item.from === 'pipe') return (running?.execution ?? this.#idleOutput).addText(item.stream, item.text);
    const { execution: number, message } = item;
    if (message.type === 'interrupted') return this.#feed({ type: 'acknowledged', number });
    if (message.type === 'done') return this.#onDone(number);
    const { kernel } = this.#standing;
    // R6: what an ended execution still says belongs to nobody.
    if (kernel.is !== 'busy' || kernel.turn.number !== number || kernel.turn.isDone || !running) return;
    if (message.type === 'text') running.execution.addText(message.stream, message.text);
    else if (message.type === 'result') running.execution.addResult(message.result);
    else this.#addError(running, message.payload);
  }

  #onDone(number: number): void {
    const { kernel } = this.#standing;
    const running = kernel.is === 'busy' && kernel.turn.number === number && !kernel.turn.isDone && this.#running;
    const settled = running && running.execution.settle();
    if (!settled) return this.#feed({ type: 'done', number });
    if (running.step === 'settling') return;
    // The code has answered: what is waited for from here is no time of its own.
    running.step = 'settling';
    running.grace?.[Symbol.dispose]();
    void settled.then(() => {
      running.step = 'sent';
      if (running.execution.cause) this.#startGrace(number, settleGraceMs);
      this.#feed({ type: 'done', number });
    });
  }

  #addError({ execution, kernel, number }: Running, payload: ErrorPayload): void {
    if (!mayBeRefusedProcess(payload) || !kernel.wasRefusedProcess) return execution.addError(payload);
    this.#feed({ type: 'refused', number });
    execution.addError(toRefusedProcess(payload), 'host');
  }

  #onEnd(end: KernelEnd): void {
    const cause = endedWith(end);
    this.#kernel = undefined;
    this.#idleOutput.clear();
    this.#running?.execution.stop(cause);
    const input: ContextInput = { type: 'kernel-ended', at: new Date().toISOString(), reason: cause.evalue };
    const settled = this.#running?.execution.settle();
    if (settled) void settled.then(() => this.#feed(input));
    else this.#feed(input);
  }
}
