import { SandboxError } from '@quicksand/protocol';
import type { Connection } from './connection.ts';

/** Which process is waited for. */
export interface NamedProcess {
  readonly connection: Connection;
  readonly id: string;
  readonly command: string;
}

const longestTimerMs = 2 ** 31 - 1;

/**
 * Waits for something about a process, for at most `timeoutMs`: then rejects with `process_timeout`, and the signal that `wait` was given has aborted.
 * `condition` says what is waited for. Throws `invalid_request` for a time that is none.
 */
export async function waitWithin<T>(
  process: NamedProcess,
  condition: string,
  timeoutMs: number | undefined,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  assertTime(timeoutMs);
  const limit = new AbortController();
  const expire = (): void => limit.abort(toTimeoutError(process, condition, timeoutMs));
  const timer = timeoutMs === undefined ? undefined : setTimeout(expire, Math.min(timeoutMs, longestTimerMs));
  try {
    return await wait(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** A timer takes what is no number for nothing, and all of that time would seem to have passed. */
function assertTime(timeoutMs: unknown): void {
  if (timeoutMs === undefined || (typeof timeoutMs === 'number' && timeoutMs >= 0)) return;
  throw new SandboxError('invalid_request', {
    message: `timeout: ${typeof timeoutMs === 'string' ? JSON.stringify(timeoutMs) : String(timeoutMs)} is not a number of milliseconds`,
    hint: 'leave it out to wait until the process ends',
  });
}

/** The error of a process that ended before what was waited for. */
export function toExitedError({ id, command }: NamedProcess, condition: string, exitCode?: number): SandboxError {
  return new SandboxError('process_exited', {
    message: `process ${id} ended${exitCode === undefined ? '' : ` with exit status ${exitCode}`} before ${condition}`,
    hint: 'its logs may say why: getProcessLogs',
    details: { processId: id, command, condition, exitCode },
  });
}

function toTimeoutError({ id, command }: NamedProcess, condition: string, timeoutMs: number | undefined): SandboxError {
  return new SandboxError('process_timeout', {
    message: `process ${id}: ${timeoutMs} ms have passed before ${condition}`,
    hint: 'the process goes on; wait longer, or see its logs: getProcessLogs',
    details: { processId: id, command, condition, timeoutMs },
  });
}
