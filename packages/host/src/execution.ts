import {
  type ContextInfo,
  type ContextState,
  type ErrorPayload,
  type ExecutionEvent,
  type ExecutionRequest,
  type HostFailure,
  type OnDisconnect,
  type Outcome,
  type Usage,
  SandboxError,
  hostFailurePrefix,
} from '@quicksand/protocol';
import { EventLog } from './event-log.ts';
import type { EventFeed } from './event-pump.ts';
import type { ReceivedResult } from './received-result.ts';

// Keeps R3 (one end, first cause wins) and R9 (gone clients).

/** Why an execution ends other than by itself. */
export interface Cause {
  readonly outcome: Exclude<Outcome, 'ok' | 'error'>;
  readonly ename: HostFailure;
  readonly evalue: string;
}

/** How long text without a line end waits for the rest of its line, in milliseconds, and how long such a line may get. */
const joinMs = 4;
const joinLength = 16 * 1024;

/** How long a piece of code may run and how much it may write. */
export interface ExecutionLimits {
  /** Bytes of text and results. */
  readonly outputBytes: number;
  /** Bytes of events kept for a resume. */
  readonly logBytes: number;
}

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
}

/** How an execution stands. `ended` is final. */
export type ExecutionPhase = 'queued' | 'running' | 'ended';

/** One run of one piece of code: its events, and how it ends. Knows no kernel: {@link onStop} asks for one to be stopped. */
export class Execution {
  readonly id: string;
  readonly request: ExecutionRequest;
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
  readonly #end = Promise.withResolvers<void>();
  readonly #onChartFailure: (() => void) | undefined;
  #phase: ExecutionPhase = 'queued';
  #outcome: Outcome | undefined;
  #cause: Cause | undefined;
  #failure: ErrorPayload | undefined;
  #failed = false;
  #outputBytes = 0;
  #cut = false;
  #joining: { readonly type: 'stdout' | 'stderr'; readonly text: string } | undefined;
  #joinTimer: NodeJS.Timeout | undefined;
  #graceTimer: NodeJS.Timeout | undefined;

  constructor({ id, request, timeoutMs, limits, context, onChartFailure }: ExecutionOptions) {
    this.id = id;
    this.context = context;
    this.request = request;
    this.timeoutMs = timeoutMs;
    this.#limits = limits;
    this.#onChartFailure = onChartFailure;
    this.ended = this.#end.promise;
    this.log = new EventLog({ maxBytes: limits.logBytes, onDrain: () => this.onFull?.(false) });
  }

  get phase(): ExecutionPhase {
    return this.#phase;
  }

  /** How it ended, once it has. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Why it is being stopped, if it is. */
  get cause(): Cause | undefined {
    return this.#cause;
  }

  /** Its turn has come. */
  begin(): void {
    this.#phase = 'running';
  }

  /** Asks for a stop. The first cause recorded wins (R3); a later one changes nothing. */
  stop(cause: Cause): void {
    if (this.#phase === 'ended' || this.#cause) return;
    this.#cause = cause;
    this.onStop?.();
  }

  /** Text of the code, or of what it started. The pieces of one line become one event; a piece waits no longer than {@link joinMs} (R1). */
  addText(type: 'stdout' | 'stderr', text: string): void {
    if (this.#joining && this.#joining.type !== type) this.#flushText();
    const joined = (this.#joining?.text ?? '') + text;
    this.#joining = { type, text: joined };
    if (joined.endsWith('\n') || joined.endsWith('\r') || joined.length > joinLength) this.#flushText();
    else this.#joinTimer ??= setTimeout(() => this.#flushText(), joinMs);
  }

  /** An object that was shown. */
  addResult({ payload: { chart, ...payload }, bytes, chartFailed }: ReceivedResult): void {
    this.#flushText();
    const wanted = this.request.charts !== false;
    if (chartFailed && wanted) this.#onChartFailure?.();
    // What was a chart and nothing else is no result without it.
    if (Object.keys(payload).length === 0 && !(chart && wanted)) return;
    const event = { type: 'result', ...payload, ...(chart && wanted && { chart }), timestamp: Date.now() };
    this.#add(event as ExecutionEvent, bytes);
  }

  /** The code failed. When it fails because it is being stopped, its error becomes part of the host's. Only the host may use its own names. */
  addError(payload: ErrorPayload, namedBy: 'code' | 'host' = 'code'): void {
    if (this.#cause) this.#failure ??= payload;
    else this.#addError(namedBy === 'host' ? payload : toUserError(payload));
  }

  /** Writes the end: the error that the cause asks for, and `execution_complete`, once (R3). */
  complete(end: { executionCount: number; state: ContextState; usage: Usage }): void {
    if (this.#phase === 'ended') return;
    this.#flushText();
    this.#phase = 'ended';
    clearTimeout(this.#graceTimer);
    const cause = this.#cause;
    if (cause) this.#addError(toHostError(this.#describe(cause, end.state), this.#failure));
    const outcome = cause?.outcome ?? (this.#failed ? 'error' : 'ok');
    this.#outcome = outcome;
    this.log.append({
      type: 'execution_complete',
      timestamp: Date.now(),
      execution_count: end.executionCount,
      outcome,
      state: end.state,
      usage: end.usage,
    });
    this.log.end();
    this.endedAt = Date.now();
    this.#end.resolve();
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
    clearTimeout(this.#graceTimer);
    return { reader, onGone: () => this.#readerGone() };
  }

  #describe(cause: Cause, state: ContextState): Cause {
    const ignored = cause.outcome === 'killed' ? '' : 'it did not yield in time, so its kernel was ended and ';
    const fate =
      state === 'kept' ? 'the variables of its context are kept' : `${ignored}the variables of its context are lost`;
    return { ...cause, evalue: `${cause.evalue}; ${fate}${this.#cut ? '; output after the stop was cut' : ''}` };
  }

  #readerGone(): void {
    if (this.#phase === 'ended' || this.log.hasReaders) return;
    const onDisconnect: OnDisconnect = this.request.onDisconnect ?? 'interrupt';
    const stop = (): void => this.stop(interruptedBy('the client went away'));
    if (onDisconnect === 'interrupt') stop();
    else this.#graceTimer = setTimeout(stop, onDisconnect.graceMs);
  }

  #flushText(): void {
    clearTimeout(this.#joinTimer);
    this.#joinTimer = undefined;
    const joining = this.#joining;
    this.#joining = undefined;
    if (joining) this.#add({ ...joining, timestamp: Date.now() }, joining.text.length);
  }

  #add(event: ExecutionEvent, size: number): void {
    if (this.#phase === 'ended') return;
    const limit = this.#limits.outputBytes;
    this.#outputBytes += size;
    if (this.#outputBytes > limit) {
      // What is over the limit is dropped; the error says so.
      this.stop({
        outcome: 'interrupted',
        ename: 'Quicksand.OutputLimit',
        evalue: `the code wrote more than the limit of ${limit} bytes`,
      });
      return;
    }
    if (this.#cause && this.log.heldBytes + size > 2 * this.#limits.logBytes) {
      // Nobody reads, and the code is being stopped: the log may not grow without end (R8).
      this.#cut = true;
      return;
    }
    this.log.append(event);
    if (this.log.full && !this.#cause) this.onFull?.(true);
  }

  #addError(payload: ErrorPayload): void {
    this.#flushText();
    this.#failed = true;
    this.log.append({ type: 'error', ...payload, timestamp: Date.now() } as ExecutionEvent);
  }
}

/** The cause of a cancel or an interrupt; `why` completes the sentence. */
export function interruptedBy(why: string): Cause {
  return { outcome: 'interrupted', ename: 'Quicksand.Interrupted', evalue: `the execution was interrupted: ${why}` };
}

/** No error of user code can be taken for one of the host's. */
function toUserError(payload: ErrorPayload): ErrorPayload {
  const { ename, traceback } = payload;
  if (!ename.startsWith(hostFailurePrefix)) return payload;
  const rename = (line: string): string => (line.startsWith(ename) ? `user:${line}` : line);
  return { ...payload, ename: rename(ename), traceback: traceback.map(rename) };
}

/** The host's error, with where the code was when it stopped. */
function toHostError(cause: Cause, failure: ErrorPayload | undefined): ErrorPayload {
  const last = `${cause.ename}: ${cause.evalue}`;
  return {
    ename: cause.ename,
    evalue: cause.evalue,
    traceback: [...(failure?.traceback.slice(0, -1) ?? []), last],
    ...(failure?.lineNumber !== undefined && { lineNumber: failure.lineNumber }),
  };
}
