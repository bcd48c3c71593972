import { readProcessEvents } from './process-events.ts';
import { type NamedProcess, waitWithin } from './process-wait.ts';

/** How a process ended. */
export interface WaitForExitResult {
  exitCode: number;
}

/** See `Process.waitForExit`. */
export function waitForExit(process: NamedProcess, timeoutMs: number | undefined): Promise<WaitForExitResult> {
  return waitWithin(process, 'its end', timeoutMs, async (signal) => {
    let exitCode = 0;
    for await (const event of readProcessEvents(process.connection, process.id, { signal, mayMiss: true }))
      if (event.type === 'exit') exitCode = event.exitCode;
    return { exitCode };
  });
}
