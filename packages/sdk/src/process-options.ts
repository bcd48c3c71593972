import type { BaseExecOptions } from './exec-options.ts';
import type { Process } from './process.ts';

/** Options of `startProcess`. */
export interface ProcessOptions extends BaseExecOptions {
  /** Not supported. */
  sessionId?: string;
  /** The process's name, 1–64 of `A–Z a–z 0–9 _ -`. Default: a random UUID. */
  processId?: string;
  /** False keeps the record of the process after its end, until `cleanupCompletedProcesses` or `destroy`. Default true: it goes some minutes after the end. */
  autoCleanup?: boolean;
  /** Called at the end with the exit status; with null when that cannot be known, since the connection was lost for good. */
  onExit?: (code: number | null) => void;
  /** Called for each piece of output when it arrives; the next one waits for a promise that it returns. */
  onOutput?: (stream: 'stdout' | 'stderr', data: string) => void;
  /** Called with the process, before `startProcess` resolves. */
  onStart?: (process: Process) => void;
  /**
   * Called with the error that `startProcess` is about to reject with, and later with what went wrong: a timeout or a limit that ended the process, a
   * connection that was lost for good, or what another callback threw. Without it, what a callback throws is an unhandled rejection.
   */
  onError?: (error: Error) => void;
}
