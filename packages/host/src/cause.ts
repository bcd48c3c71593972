import { constants } from 'node:os';
import type { HostFailure, Outcome } from '@quicksand/protocol';
import type { KernelEnd } from './kernel.ts';

// Keeps R10 (limits speak): every cause is a plain sentence under a name of its own.

/** Why something that runs ends other than by itself. */
export interface Cause {
  readonly outcome: Exclude<Outcome, 'ok' | 'error'>;
  readonly ename: HostFailure;
  readonly evalue: string;
}

/** The cause of a cancel or an interrupt; `why` completes the sentence. */
export function interruptedBy(why: string): Cause {
  return { outcome: 'interrupted', ename: 'Quicksand.Interrupted', evalue: `the execution was interrupted: ${why}` };
}

/** The cause of an execution whose context goes away; `why` is a whole sentence. */
export function removedBy(why: string): Cause {
  return { outcome: 'killed', ename: 'Quicksand.ContextDeleted', evalue: why };
}

/** The cause of what ran too long. */
export function timeoutAfter(what: 'code' | 'command', timeoutMs: number): Cause {
  return {
    outcome: 'timeout',
    ename: 'Quicksand.Timeout',
    evalue: `the ${what} ran longer than its timeout of ${timeoutMs} ms`,
  };
}

/** The cause of an execution whose kernel ended. */
export function endedWith(end: KernelEnd): Cause {
  return { outcome: 'killed', ...describeEnd(end) };
}

function describeEnd(end: KernelEnd): { ename: HostFailure; evalue: string } {
  switch (end.type) {
    case 'exited':
      return {
        ename: 'Quicksand.KernelExited',
        evalue: `the code ended its own kernel with exit status ${end.code}`,
      };
    case 'vanished':
      return {
        ename: 'Quicksand.KernelKilled',
        evalue: 'the kernel ended; how is not known, since the process that would have been told had ended before',
      };
    case 'out-of-memory':
      return {
        ename: 'Quicksand.OutOfMemory',
        evalue: 'the code used more memory than its context or its sandbox may have, so its kernel was ended',
      };
    case 'signalled': {
      const name = Object.entries(constants.signals).find(([, number]) => number === end.signal)?.[0];
      return {
        ename: 'Quicksand.KernelKilled',
        evalue: `signal ${end.signal}${name ? ` (${name})` : ''} ended the kernel`,
      };
    }
    case 'violation':
      return {
        ename: 'Quicksand.ProtocolViolation',
        evalue: `the kernel broke the protocol and was ended: ${end.reason}`,
      };
  }
}
