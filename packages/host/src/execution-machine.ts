import {
  type ContextState,
  type ErrorPayload,
  type OnDisconnect,
  type Outcome,
  hostFailurePrefix,
} from '@quicksand/protocol';
import { type Cause, interruptedBy } from './cause.ts';

// Keeps R3 (one end, first cause wins), R8 (a stopped execution cannot fill its log) and R9 (gone clients). No I/O: `Execution` is the shell around it.

/** How much an execution may write. */
export interface ExecutionLimits {
  /** Bytes of text and results. */
  readonly outputBytes: number;
  /** Bytes of events kept for a resume. */
  readonly logBytes: number;
}

/** How an execution stands. Nothing leads out of `ended`. */
export type ExecutionStanding =
  | {
      readonly phase: 'queued' | 'running';
      readonly outputBytes: number;
      /** An error of the code was written. */
      readonly hasFailed: boolean;
      /** No client reads, and one is waited for. */
      readonly isInGrace: boolean;
    }
  | {
      readonly phase: 'stopping';
      readonly outputBytes: number;
      readonly cause: Cause;
      /** The error with which the code answered the stop. */
      readonly failure: ErrorPayload | undefined;
      /** Output was dropped, since the log was full. */
      readonly isCut: boolean;
    }
  | { readonly phase: 'ended'; readonly outcome: Outcome; readonly cause: Cause | undefined };

/** What happens to an execution. */
export type ExecutionInput =
  | { readonly type: 'begin' }
  | { readonly type: 'stop'; readonly cause: Cause }
  /** Text or a result: its size, what the log holds, and the limits. */
  | { readonly type: 'output'; readonly bytes: number; readonly heldBytes: number; readonly limits: ExecutionLimits }
  /** There may be many: each promise that is rejected has its own. */
  | {
      readonly type: 'error';
      readonly payload: ErrorPayload;
      readonly namedBy: 'code' | 'host';
      readonly bytes: number;
      readonly limits: ExecutionLimits;
    }
  | { readonly type: 'client-came' }
  /** The last client that read has gone. */
  | { readonly type: 'clients-gone'; readonly onDisconnect: OnDisconnect }
  | { readonly type: 'grace-passed' }
  /** With why the kernel has ended, where it has. */
  | { readonly type: 'end'; readonly state: ContextState; readonly reason?: string | undefined };

/** What is to be done. */
export type ExecutionEffect =
  /** Whoever runs it is asked to stop it. */
  | { readonly type: 'ask-to-stop' }
  /** The event of the input goes into the log. */
  | { readonly type: 'write-output' }
  | { readonly type: 'write-error'; readonly payload: ErrorPayload }
  | { readonly type: 'write-end'; readonly outcome: Outcome }
  | { readonly type: 'start-grace'; readonly ms: number }
  | { readonly type: 'end-grace' };

/** A standing, and what is to be done about how it came to be. */
export interface ExecutionStep {
  readonly standing: ExecutionStanding;
  readonly effects: readonly ExecutionEffect[];
}

type Live = Exclude<ExecutionStanding, { phase: 'ended' }>;
type Unstopped = Exclude<Live, { phase: 'stopping' }>;
type Stopping = Extract<Live, { phase: 'stopping' }>;

/** An execution that waits for its turn. */
export const queuedExecution: ExecutionStanding = {
  phase: 'queued',
  outputBytes: 0,
  hasFailed: false,
  isInGrace: false,
};

/** One of which nothing more is to be said. Ended ones are many, and most of them are this one. */
const endedWell: ExecutionStanding = { phase: 'ended', outcome: 'ok', cause: undefined };

/** What follows from an input. */
export function advanceExecution(standing: ExecutionStanding, input: ExecutionInput): ExecutionStep {
  switch (standing.phase) {
    case 'queued':
    case 'running':
      return advanceUnstopped(standing, input);
    case 'stopping':
      return advanceStopping(standing, input);
    case 'ended':
      return { standing, effects: [] };
  }
}

function advanceUnstopped(standing: Unstopped, input: ExecutionInput): ExecutionStep {
  switch (input.type) {
    case 'begin':
      return { standing: { ...standing, phase: 'running' }, effects: [] };
    case 'stop':
      return stop(standing, input.cause);
    case 'output':
      return addOutput(standing, input);
    case 'error': {
      const outputBytes = standing.outputBytes + input.bytes;
      if (outputBytes > input.limits.outputBytes)
        return stop({ ...standing, outputBytes }, overLimit(input.limits.outputBytes));
      const payload = input.namedBy === 'host' ? input.payload : toUserError(input.payload);
      return { standing: { ...standing, outputBytes, hasFailed: true }, effects: [{ type: 'write-error', payload }] };
    }
    case 'client-came':
      return { standing: { ...standing, isInGrace: false }, effects: endGrace(standing) };
    case 'clients-gone':
      if (input.onDisconnect === 'interrupt') return stop(standing, clientGone);
      return {
        standing: { ...standing, isInGrace: true },
        effects: [...endGrace(standing), { type: 'start-grace', ms: input.onDisconnect.graceMs }],
      };
    case 'grace-passed':
      return standing.isInGrace ? stop({ ...standing, isInGrace: false }, clientGone) : { standing, effects: [] };
    case 'end': {
      const outcome = standing.hasFailed ? 'error' : 'ok';
      return {
        standing: standing.hasFailed ? { phase: 'ended', outcome, cause: undefined } : endedWell,
        effects: [...endGrace(standing), { type: 'write-end', outcome }],
      };
    }
  }
}

/** The first cause is the one that is told: no input changes it. */
function advanceStopping(standing: Stopping, input: ExecutionInput): ExecutionStep {
  const { cause } = standing;
  switch (input.type) {
    case 'output':
      return addOutput(standing, input);
    case 'error':
      // It fails because it is being stopped: that says where it was.
      return { standing: { ...standing, failure: standing.failure ?? input.payload }, effects: [] };
    case 'end': {
      const payload = toHostError(standing, input);
      return {
        standing: { phase: 'ended', outcome: cause.outcome, cause },
        effects: [
          { type: 'write-error', payload },
          { type: 'write-end', outcome: cause.outcome },
        ],
      };
    }
    default:
      return { standing, effects: [] };
  }
}

const clientGone = interruptedBy('the client went away');

function stop(standing: Unstopped, cause: Cause): ExecutionStep {
  const { outputBytes } = standing;
  return {
    standing: { phase: 'stopping', outputBytes, cause, failure: undefined, isCut: false },
    effects: [...endGrace(standing), { type: 'ask-to-stop' }],
  };
}

function endGrace({ isInGrace }: Unstopped): readonly ExecutionEffect[] {
  return isInGrace ? [{ type: 'end-grace' }] : [];
}

function addOutput(before: Live, input: Extract<ExecutionInput, { type: 'output' }>): ExecutionStep {
  const { bytes, heldBytes, limits } = input;
  const standing = { ...before, outputBytes: before.outputBytes + bytes };
  if (standing.outputBytes > limits.outputBytes) {
    // What is over the limit is dropped; the error says so.
    if (standing.phase !== 'stopping') return stop(standing, overLimit(limits.outputBytes));
    return { standing: { ...standing, isCut: standing.cause.ename !== 'Quicksand.OutputLimit' }, effects: [] };
  }
  if (standing.phase === 'stopping' && heldBytes + bytes > 2 * limits.logBytes) {
    // Nobody reads, and the code is being stopped: the log may not grow without end (R8).
    return { standing: { ...standing, isCut: true }, effects: [] };
  }
  return { standing, effects: [{ type: 'write-output' }] };
}

function overLimit(limit: number): Cause {
  return {
    outcome: 'interrupted',
    ename: 'Quicksand.OutputLimit',
    evalue: `the code wrote more than the limit of ${limit} bytes`,
  };
}

/** No error of user code can be taken for one of the host's. */
function toUserError(payload: ErrorPayload): ErrorPayload {
  const { ename, traceback } = payload;
  if (!ename.startsWith(hostFailurePrefix)) return payload;
  const rename = (line: string): string => (line.startsWith(ename) ? `user:${line}` : line);
  return { ...payload, ename: rename(ename), traceback: traceback.map(rename) };
}

/** The host's error, with where the code was when it stopped, and what became of its variables. */
function toHostError({ cause, failure, isCut }: Stopping, end: Extract<ExecutionInput, { type: 'end' }>): ErrorPayload {
  const parts = [
    cause.evalue,
    // Where the kernel's end is the cause, it was told already.
    cause.outcome !== 'killed' && end.reason,
    `the variables of its context are ${end.state}`,
    isCut && 'output after the stop was cut',
  ];
  const evalue = parts.filter(Boolean).join('; ');
  return {
    ename: cause.ename,
    evalue,
    traceback: [...(failure?.traceback.slice(0, -1) ?? []), `${cause.ename}: ${evalue}`],
    ...(failure?.lineNumber !== undefined && { lineNumber: failure.lineNumber }),
  };
}
