import { SandboxError } from '@quicksand/protocol';
import type { ExecResult } from './exec-options.ts';

/** Limits that a command met by itself: it ended with a status of its own, and that is a result, not a failure of the call. */
const limitNames: readonly string[] = ['Quicksand.OutOfMemory', 'Quicksand.TooManyProcesses'];

/** True when the host says that a command met a limit, and not that it was ended. */
export function isLimit(ename: string): boolean {
  return limitNames.includes(ename);
}

/** What a call rejects with whose command the host ended: `command_timeout` or `command_stopped`. `details` has what it had written. */
export function toCommandError(
  { ename, message }: { readonly ename: string; readonly message: string },
  result: Partial<ExecResult>,
): SandboxError {
  const { command, exitCode, stdout, stderr } = result;
  const details = { ename, command, exitCode, stdout, stderr };
  return ename === 'Quicksand.Timeout'
    ? new SandboxError('command_timeout', {
        message,
        hint: 'allow it more time with the option `timeout`, or leave that out',
        details,
      })
    : new SandboxError('command_stopped', { message, hint: 'the command did not end by itself', details });
}
