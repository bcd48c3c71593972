import type { ContextInfo, ContextState } from '@quicksand/protocol';

// Keeps R6 (identity) and R10 (limits speak): which execution has the kernel, what it still waits for, and when a kernel is ended or started. No I/O:
// `Context` is the shell around it.

/** The execution that has the kernel. */
export interface Turn {
  readonly id: string;
  /** Its number inside the kernel. */
  readonly number: number;
  /**
   * `stopping`: it was interrupted. `settling`: the processes that it started are being ended (R6). `killed`: its kernel is being ended.
   */
  readonly step: 'running' | 'stopping' | 'settling' | 'killed';
  /** Interrupts that the kernel has not acknowledged. */
  readonly unacknowledged: number;
  /** The kernel has said that the code has ended. */
  readonly isDone: boolean;
  /** It met the limit of processes. */
  readonly isRefused: boolean;
}

/** How the kernel of a context stands. Nothing leads out of `closed`. */
export type KernelStanding =
  /** There is none; the next execution starts one. */
  | { readonly is: 'none' }
  | { readonly is: 'starting' }
  | { readonly is: 'idle' }
  | { readonly is: 'busy'; readonly turn: Turn }
  /** It is being ended, and nothing runs in it. */
  | { readonly is: 'ending' }
  | { readonly is: 'closed' };

/** How a context stands. */
export interface ContextStanding {
  readonly kernel: KernelStanding;
  /** The context is being closed. */
  readonly isClosing: boolean;
  /** Ids of the executions that wait, and how many may. */
  readonly queue: readonly string[];
  readonly maxQueued: number;
  /** Executions of this kernel. */
  readonly executionCount: number;
  /** Kernels that have ended. */
  readonly restarts: number;
  readonly lastRestart: { readonly at: string; readonly reason: string } | undefined;
  /** Why the kernel is being ended, where the host does it. */
  readonly reason: string | undefined;
}

/** What happens to a context. `number` is that of an execution: what is said about another one changes nothing (R6). */
export type ContextInput =
  /** A kernel is wanted now. */
  | { readonly type: 'start' }
  | { readonly type: 'enqueue'; readonly id: string }
  /** An execution is to be stopped; `kill` where there is no time for an interrupt. */
  | { readonly type: 'stop'; readonly id: string; readonly kill: boolean }
  | { readonly type: 'restart' }
  | { readonly type: 'close' }
  | { readonly type: 'kernel-started' }
  | { readonly type: 'kernel-failed' }
  | { readonly type: 'kernel-ended'; readonly at: string; readonly reason: string }
  | { readonly type: 'done'; readonly number: number }
  | { readonly type: 'acknowledged'; readonly number: number }
  | { readonly type: 'refused'; readonly number: number }
  | { readonly type: 'half-grace-passed'; readonly number: number }
  | { readonly type: 'grace-passed'; readonly number: number };

/** What is to be done. */
export type ContextEffect =
  | { readonly type: 'refuse'; readonly why: 'full' | 'closed' }
  | { readonly type: 'open-kernel' }
  | { readonly type: 'kill-kernel' }
  | { readonly type: 'execute'; readonly id: string; readonly number: number }
  | { readonly type: 'interrupt'; readonly number: number }
  /** After a while a kernel that has not answered is ended. */
  | { readonly type: 'start-grace'; readonly number: number }
  /** The code may wait for processes that do not heed the interrupt, and the interrupt may have been lost: the kernel has not heard of it then. */
  | { readonly type: 'insist'; readonly number: number; readonly isHeard: boolean }
  /** However long that takes; then the grace begins anew. */
  | { readonly type: 'end-children'; readonly number: number }
  /** What a stopped execution still says is read, also where its log is full. */
  | { readonly type: 'read-on' }
  /** An execution that never ran has ended. */
  | { readonly type: 'drop'; readonly id: string; readonly state: ContextState }
  /** The same, since there is no kernel for it. */
  | { readonly type: 'fail'; readonly id: string }
  /** The execution that had the kernel has ended. */
  | { readonly type: 'finish'; readonly id: string; readonly number: number; readonly state: ContextState }
  /** For those who wait for a kernel: there is one, there is none, there never will be. */
  | { readonly type: 'tell'; readonly what: 'ready' | 'failed' | 'closed' };

/** A standing, and what is to be done about how it came to be. */
export interface ContextStep {
  readonly standing: ContextStanding;
  readonly effects: readonly ContextEffect[];
}

/** A context whose first kernel has yet to be started. */
export function createContextStanding(maxQueued: number): ContextStanding {
  return {
    kernel: { is: 'none' },
    isClosing: false,
    queue: [],
    maxQueued,
    executionCount: 0,
    restarts: 0,
    lastRestart: undefined,
    reason: undefined,
  };
}

/** What follows from an input. */
export function advanceContext(standing: ContextStanding, input: ContextInput): ContextStep {
  switch (input.type) {
    case 'start':
      return start(standing);
    case 'enqueue':
      return enqueue(standing, input.id);
    case 'stop':
      return stop(standing, input);
    case 'restart':
      return restart(standing);
    case 'close':
      return close(standing);
    case 'kernel-started':
      return kernelStarted(standing);
    case 'kernel-failed':
      return kernelFailed(standing);
    case 'kernel-ended':
      return kernelEnded(standing, input);
    default:
      return advanceTurn(standing, input);
  }
}

/** What is told about a context to those who ask. */
export function toContextStatus({ kernel, isClosing }: ContextStanding): ContextInfo['status'] {
  if (isClosing || kernel.is === 'none' || kernel.is === 'closed') return 'dead';
  return kernel.is === 'idle' || kernel.is === 'busy' ? kernel.is : 'restarting';
}

function start(standing: ContextStanding): ContextStep {
  const { kernel } = standing;
  if (kernel.is === 'closed') return { standing, effects: [{ type: 'tell', what: 'closed' }] };
  if (standing.isClosing) return unchanged(standing);
  if (kernel.is === 'none') return open(standing);
  return kernel.is === 'idle' || kernel.is === 'busy'
    ? { standing, effects: [{ type: 'tell', what: 'ready' }] }
    : unchanged(standing);
}

function enqueue(standing: ContextStanding, id: string): ContextStep {
  if (standing.isClosing) return { standing, effects: [{ type: 'refuse', why: 'closed' }] };
  if (standing.queue.length >= standing.maxQueued) return { standing, effects: [{ type: 'refuse', why: 'full' }] };
  return next({ ...standing, queue: [...standing.queue, id] });
}

function stop(standing: ContextStanding, { id, kill }: { readonly id: string; readonly kill: boolean }): ContextStep {
  const { kernel, queue } = standing;
  if (queue.includes(id)) {
    const isKept = kernel.is === 'busy' && kernel.turn.step !== 'killed' && !standing.isClosing;
    const state = isKept ? 'kept' : 'lost';
    return {
      standing: { ...standing, queue: queue.filter((other) => other !== id) },
      effects: [{ type: 'drop', id, state }],
    };
  }
  if (kernel.is !== 'busy' || kernel.turn.id !== id) return unchanged(standing);
  const { turn } = kernel;
  // Its last words, and the answer of the kernel, may be behind what nobody has read.
  const readOn: ContextEffect = { type: 'read-on' };
  if (kill && turn.step !== 'killed') return withTurn(standing, { ...turn, step: 'killed' }, [readOn, killKernel]);
  if (turn.step !== 'running') return { standing, effects: [readOn] };
  const { number } = turn;
  return withTurn(standing, { ...turn, step: 'stopping', unacknowledged: turn.unacknowledged + 1 }, [
    readOn,
    { type: 'interrupt', number },
    { type: 'start-grace', number },
  ]);
}

const killKernel: ContextEffect = { type: 'kill-kernel' };

function restart(standing: ContextStanding): ContextStep {
  const { kernel } = standing;
  if (standing.isClosing) return start(standing);
  const reason = 'a restart was asked for';
  if (kernel.is === 'none') return open(standing);
  if (kernel.is === 'idle')
    return { standing: { ...standing, kernel: { is: 'ending' }, reason }, effects: [killKernel] };
  // A kernel that is being ended has a successor, and one that is being started has run nothing.
  if (kernel.is !== 'busy') return unchanged(standing);
  if (kernel.turn.step === 'killed') return unchanged({ ...standing, reason: standing.reason ?? reason });
  return withTurn({ ...standing, reason }, { ...kernel.turn, step: 'killed' }, [killKernel]);
}

/** Whoever waits or runs is stopped by the shell, which knows the cause; here the kernel is. */
function close(before: ContextStanding): ContextStep {
  const standing = { ...before, isClosing: true };
  const { kernel } = standing;
  switch (kernel.is) {
    case 'none':
    case 'closed':
      return { standing: { ...standing, kernel: { is: 'closed' } }, effects: [{ type: 'tell', what: 'closed' }] };
    case 'idle':
      return { standing: { ...standing, kernel: { is: 'ending' } }, effects: [killKernel] };
    case 'busy':
      if (kernel.turn.step === 'killed') return unchanged(standing);
      return withTurn(standing, { ...kernel.turn, step: 'killed' }, [killKernel]);
    case 'starting':
    case 'ending':
      return unchanged(standing);
  }
}

function kernelStarted(standing: ContextStanding): ContextStep {
  if (standing.kernel.is !== 'starting') return unchanged(standing);
  if (standing.isClosing) return { standing: { ...standing, kernel: { is: 'ending' } }, effects: [killKernel] };
  const step = next({ ...standing, kernel: { is: 'idle' }, executionCount: 0 });
  return { ...step, effects: [{ type: 'tell', what: 'ready' }, ...step.effects] };
}

/** The execution that waited longest is told; the next one may have more luck. */
function kernelFailed(standing: ContextStanding): ContextStep {
  if (standing.kernel.is !== 'starting') return unchanged(standing);
  if (standing.isClosing) return close({ ...standing, kernel: { is: 'none' } });
  const [id, ...queue] = standing.queue;
  const step = next({ ...standing, kernel: { is: 'none' }, queue });
  const failed: ContextEffect[] = id === undefined ? [] : [{ type: 'fail', id }];
  return { ...step, effects: [{ type: 'tell', what: 'failed' }, ...failed, ...step.effects] };
}

function kernelEnded(
  before: ContextStanding,
  { at, reason }: { readonly at: string; readonly reason: string },
): ContextStep {
  const { kernel, executionCount } = before;
  if (kernel.is !== 'idle' && kernel.is !== 'busy' && kernel.is !== 'ending') return unchanged(before);
  const standing: ContextStanding = {
    ...before,
    kernel: { is: 'none' },
    executionCount: 0,
    restarts: before.restarts + 1,
    lastRestart: { at, reason: before.reason ?? reason },
    reason: undefined,
  };
  // One that has run nothing and ends by itself would end again: it is started anew only for somebody.
  const isWanted = kernel.is === 'ending' || executionCount > 0;
  const step = standing.isClosing ? close(standing) : isWanted ? open(standing) : next(standing);
  if (kernel.is !== 'busy') return step;
  const { id, number } = kernel.turn;
  return { ...step, effects: [{ type: 'finish', id, number, state: 'lost' }, ...step.effects] };
}

/** What the kernel, or a timer, says about the execution that runs. */
function advanceTurn(
  standing: ContextStanding,
  { type, number }: Extract<ContextInput, { readonly number: number }>,
): ContextStep {
  const { kernel } = standing;
  if (kernel.is !== 'busy' || kernel.turn.number !== number) return unchanged(standing);
  const { turn } = kernel;
  switch (type) {
    case 'done':
      return settle(standing, { ...turn, isDone: true });
    case 'acknowledged':
      // One that nobody asked for comes from hostile code, and counts for nothing.
      return turn.unacknowledged === 0
        ? unchanged(standing)
        : settle(standing, { ...turn, unacknowledged: turn.unacknowledged - 1 });
    case 'refused':
      return withTurn(standing, { ...turn, isRefused: true }, []);
    case 'half-grace-passed':
      if (turn.step !== 'stopping' || turn.isDone) return unchanged(standing);
      return { standing, effects: [{ type: 'insist', number, isHeard: turn.unacknowledged === 0 }] };
    case 'grace-passed': {
      if (turn.step === 'running' || turn.step === 'killed') return unchanged(standing);
      const reason = 'the code did not yield to an interrupt';
      return withTurn({ ...standing, reason }, { ...turn, step: 'killed' }, [killKernel]);
    }
  }
}

/** What was interrupted, or met the limit of processes, leaves nothing running (R6): its processes are ended first, and what they wrote is read. */
function settle(standing: ContextStanding, turn: Turn): ContextStep {
  const { id, number, step } = turn;
  if (!turn.isDone || turn.unacknowledged > 0 || step === 'killed') return withTurn(standing, turn, []);
  if (step === 'stopping' || (step === 'running' && turn.isRefused)) {
    return withTurn(standing, { ...turn, step: 'settling', unacknowledged: turn.unacknowledged + 1 }, [
      { type: 'end-children', number },
    ]);
  }
  const following = next({ ...standing, kernel: { is: 'idle' } });
  return { ...following, effects: [{ type: 'finish', id, number, state: 'kept' }, ...following.effects] };
}

/** Gives the kernel to whoever waits longest, or starts one for somebody who waits. */
function next(standing: ContextStanding): ContextStep {
  const [id, ...queue] = standing.queue;
  if (id === undefined) return unchanged(standing);
  if (standing.kernel.is === 'none') return open(standing);
  if (standing.kernel.is !== 'idle') return unchanged(standing);
  const number = standing.executionCount + 1;
  const turn: Turn = { id, number, step: 'running', unacknowledged: 0, isDone: false, isRefused: false };
  return withTurn({ ...standing, queue, executionCount: number }, turn, [{ type: 'execute', id, number }]);
}

function open(standing: ContextStanding): ContextStep {
  return { standing: { ...standing, kernel: { is: 'starting' } }, effects: [{ type: 'open-kernel' }] };
}

function withTurn(standing: ContextStanding, turn: Turn, effects: readonly ContextEffect[]): ContextStep {
  return { standing: { ...standing, kernel: { is: 'busy', turn } }, effects };
}

function unchanged(standing: ContextStanding): ContextStep {
  return { standing, effects: [] };
}
