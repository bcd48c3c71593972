import type { ExecResult } from './exec-options.ts';
import type { Process, ProcessStatus } from './process.ts';

const statuses: readonly string[] = [
  'starting',
  'running',
  'completed',
  'failed',
  'killed',
  'error',
] satisfies ProcessStatus[];

/** Whether a value is what `exec` resolves with. */
export function isExecResult(value: unknown): value is ExecResult {
  const { success, exitCode, stdout, stderr } = (value ?? {}) as Partial<ExecResult>;
  return [typeof success, typeof exitCode, typeof stdout, typeof stderr].join() === 'boolean,number,string,string';
}

/** Whether a value is a process. */
export function isProcess(value: unknown): value is Process {
  const { id, command, status } = (value ?? {}) as Partial<Process>;
  return typeof id === 'string' && typeof command === 'string' && typeof status === 'string';
}

/** Whether a text is the status of a process. */
export function isProcessStatus(value: string): value is ProcessStatus {
  return statuses.includes(value);
}
