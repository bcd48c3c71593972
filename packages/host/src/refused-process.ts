import type { ErrorPayload } from '@quicksand/protocol';

/** What Python and Node call it when Linux refuses a process or a thread. */
const names = ['BlockingIOError', 'OSError', 'RuntimeError', 'Error'];

/** Whether an error of code may come from the limit of processes. */
export function mayBeRefusedProcess({ ename }: ErrorPayload): boolean {
  return names.includes(ename);
}

/** The error of code that was refused a process, by the name of the limit (R10). */
export function toRefusedProcess(payload: ErrorPayload): ErrorPayload {
  const ename = 'Quicksand.TooManyProcesses';
  const evalue = `the code was refused a new process or thread, since its context or its sandbox has as many as it may; ${payload.ename}: ${payload.evalue}`;
  return { ...payload, ename, evalue, traceback: [...payload.traceback.slice(0, -1), `${ename}: ${evalue}`] };
}
