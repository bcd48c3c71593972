import { createHash } from 'node:crypto';
import {
  type ContextInfo,
  type ContextState,
  type ErrorPayload,
  type ExecutionRequest,
  type FileChanges,
  type Outcome,
  type Usage,
  SandboxError,
} from '@quicksand/protocol';
import type { Cause } from './cause.ts';
import { EventLog } from './event-log.ts';
import type { EventFeed } from './event-pump.ts';
import {
  type ExecutionEffect,
  type ExecutionInput,
  type ExecutionLimits,
  type ExecutionStanding,
  advanceExecution,
  queuedExecution,
} from './execution-machine.ts';
import type { FileTracker } from './file-agents.ts';
import type { LongText } from './long-text.ts';
import type { ReceivedResult } from './received-result.ts';
import { TextJoiner } from './text-joiner.ts';

/** What {@link Execution} is made of. */
export interface ExecutionOptions {
  readonly id: string;
  readonly request: ExecutionRequest;
  readonly timeoutMs: number;
  readonly limits: ExecutionLimits;
  /** Describes the context that runs it. */
  readonly context: { readonly info: ContextInfo };
  /** Told when a result has no chart although it should. */
  readonly onChartFailure?: () => void;
  /** Watches the files of its sandbox; only where the request asks for it. Never rejects. */
  readonly openTracker?: (() => Promise<FileTracker>) | undefined;
}

/** How the context of an {@link Execution} stands at its end. */
export interface ExecutionEnd {
  readonly executionCount: number;
  readonly state: ContextState;
  /** Why its kernel has ended, where it has. */
  readonly reason?: string | undefined;
  readonly usage: Usage;
}

/** Longest code that is kept after its end. */
const keptCodeLength = 200;

function toDigest(code: string): string {
  return createHash('sha256').update(code).digest('base64');
}

/** One run of one piece of code: its events, and how it ends, as `execution-machine.ts` decides. Knows no kernel: {@link onStop} asks for one to be stopped. */
export class Execution {
  readonly id: string;
  /** What was asked for; after the end without code that is long, and without variables. */
  request: ExecutionRequest;
  readonly timeoutMs: number;
  readonly log: EventLog;
  readonly context: { readonly info: ContextInfo };
  /** Settles when the log has ended. */
  readonly ended: Promise<void>;
  endedAt = 0;
  /** Told when the code should stop, once, with the first cause; and when the log is full or no longer full. */
  onStop: (() => void) | undefined;
  onFull: ((full: boolean) => void) | undefined;
  readonly #limits: ExecutionLimits;
  #resolveEnd: (() => void) | undefined;
  readonly #onChartFailure: (() => void) | undefined;
  readonly #openTracker: (() => Promise<FileTracker>) | undefined;
  #tracker: Promise<FileTracker> | undefined;
  #settled: Promise<void> | undefined;
  #files: FileChanges | undefined;
  #standing: ExecutionStanding = queuedExecution;
  #text: TextJoiner | undefined = new TextJoiner((text) =>
    this.#add({ ...text, timestamp: Date.now() }, text.text.length),
  );
  #clear = false;
  /** Of code that is not kept after the end: ended runs are many, and code may be long. */
  #codeDigest: string | undefined;
  #graceTimer: NodeJS.Timeout | undefined;

  constructor({ id, request, timeoutMs, limits, context, onChartFailure, openTracker }: ExecutionOptions) {
    this.id = id;
    this.context = context;
    this.request = request;
    this.timeoutMs = timeoutMs;
    this.#limits = limits;
    this.#onChartFailure = onChartFailure;
    this.#openTracker = openTracker;
    this.ended = new Promise((resolve) => (this.#resolveEnd = resolve));
    this.log = new EventLog({ maxBytes: limits.logBytes, onDrain: () => this.onFull?.(false) });
  }

  get phase(): ExecutionStanding['phase'] {
    return this.#standing.phase;
  }

  /** How it ended, once it has. */
  get outcome(): Outcome | undefined {
    return this.#standing.phase === 'ended' ? this.#standing.outcome : undefined;
  }

  /** Why it is being stopped, or was. */
  get cause(): Cause | undefined {
    return 'cause' in this.#standing ? this.#standing.cause : undefined;
  }

  /** Whether this is its code. */
  runs(code: string): boolean {
    return this.#codeDigest === undefined ? this.request.code === code : this.#codeDigest === toDigest(code);
  }

  /** Its turn has come. */
  begin(): void {
    this.#feed({ type: 'begin' });
  }

  /** Remembers what the files are like before the code runs; undefined where nobody asked for that. */
  prepare(): Promise<unknown> | undefined {
    this.#tracker = this.#openTracker?.();
    return this.#tracker;
  }

  /** Finds out which files the code has touched, once; undefined where nobody asked for that. */
  settle(): Promise<void> | undefined {
    this.#settled ??= this.#tracker
      ?.then((tracker) => tracker.changes())
      .then((files) => {
        this.#files = files;
      });
    return this.#settled;
  }

  /** Asks for a stop. The first cause recorded wins (R3); a later one changes nothing. */
  stop(cause: Cause): void {
    this.#feed({ type: 'stop', cause });
  }

  /** Text of the code, or of what it started. The pieces of one line become one event (R1). */
  addText(type: 'stdout' | 'stderr', text: string | LongText): void {
    this.#text?.add(type, text);
  }

  /** An object that was shown. */
  addResult({ payload: { chart, ...payload }, bytes, clear, chartFailed }: ReceivedResult): void {
    this.#text?.flush();
    if (clear) this.#clear = true;
    const wanted = this.request.charts !== false;
    if (chartFailed && wanted) this.#onChartFailure?.();
    // What was a chart and nothing else is no result without it.
    if (Object.keys(payload).length === 0 && !(chart && wanted)) return;
    const event = { type: 'result', ...payload, ...(chart && wanted && { chart }), timestamp: Date.now() };
    this.#add(event, bytes);
  }

  /** The code failed. When it fails because it is being stopped, its error becomes part of the host's. Only the host may use its own names. */
  addError(payload: ErrorPayload, namedBy: 'code' | 'host' = 'code'): void {
    this.#text?.flush();
    const { ename, evalue, traceback } = payload;
    const bytes = [ename, evalue, ...traceback].reduce((sum, { length }) => sum + length, 0);
    this.#feed({ type: 'error', payload, namedBy, bytes, limits: this.#limits });
  }

  /** Writes the end: the error that the cause asks for, and `execution_complete`, once (R3). */
  complete({ executionCount, state, reason, usage }: ExecutionEnd): void {
    this.#text?.flush();
    const files = this.#files;
    this.#feed(
      { type: 'end', state, reason },
      { execution_count: executionCount, state, usage, ...(files && { files }) },
    );
  }

  /** A stream of the events after `after`. Throws `events_gone` when some are no longer held, `invalid_request` when `after` is not reached yet. */
  openFeed(after: number): EventFeed {
    if (after > this.log.lastId) {
      throw new SandboxError('invalid_request', {
        message: `event ${after} does not exist yet: the last one is ${this.log.lastId}`,
        hint: 'send the id of the last event that you received',
      });
    }
    const reader = this.log.read(after);
    if (!reader) {
      throw new SandboxError('events_gone', {
        message: `events after ${after} of execution ${this.id} are no longer held`,
        hint: 'a log keeps its newest events up to a size and for a time after the end; read sooner or run the code again',
        details: { executionId: this.id, after, lastId: this.log.lastId },
      });
    }
    this.#feed({ type: 'client-came' });
    return { reader, onGone: () => this.#readerGone() };
  }

  #readerGone(): void {
    if (this.log.hasReaders) return;
    this.#feed({ type: 'clients-gone', onDisconnect: this.request.onDisconnect ?? 'interrupt' });
  }

  #add(event: object, bytes: number): void {
    this.#feed({ type: 'output', bytes, heldBytes: this.log.heldBytes, limits: this.#limits }, event);
  }

  /** `event` is what an output or the end says beside what is decided here. */
  #feed(input: ExecutionInput, event: object = {}): void {
    const { standing, effects } = advanceExecution(this.#standing, input);
    this.#standing = standing;
    for (const effect of effects) this.#perform(effect, event);
  }

  #perform(effect: ExecutionEffect, event: object): void {
    switch (effect.type) {
      case 'ask-to-stop':
        return this.onStop?.();
      case 'write-output':
        this.#append(event);
        return this.#pauseIfFull();
      case 'write-error':
        this.#append({ type: 'error', ...effect.payload, timestamp: Date.now() });
        return this.#pauseIfFull();
      case 'write-end':
        this.endedAt = Date.now();
        this.#append({
          type: 'execution_complete',
          timestamp: this.endedAt,
          outcome: effect.outcome,
          ...event,
        });
        this.log.end();
        return this.#settleDown();
      case 'start-grace':
        this.#graceTimer = setTimeout(() => this.#feed({ type: 'grace-passed' }), effect.ms);
        return;
      case 'end-grace':
        clearTimeout(this.#graceTimer);
    }
  }

  /** Ended ones are many, and kept for a while: they hold what can be asked of them, and no more. */
  #settleDown(): void {
    this.#resolveEnd?.();
    this.#resolveEnd = this.#text = this.#tracker = this.#settled = undefined;
    const { code, envVars: _, ...rest } = this.request;
    if (code.length > keptCodeLength) this.#codeDigest = toDigest(code);
    this.request = { ...rest, code: this.#codeDigest === undefined ? code : '' };
  }

  /** Code that writes on blocks (R8), but for what it says while it is being stopped. */
  #pauseIfFull(): void {
    const { phase } = this.#standing;
    if (this.log.full && phase !== 'stopping' && phase !== 'ended') this.onFull?.(true);
  }

  /** What is told next says that what was shown before is to be cleared, when the code has asked for that. */
  #append(event: object): void {
    this.log.append(this.#clear ? { ...event, clear: true } : event);
    this.#clear = false;
  }
}
