import { readFileSync, readdirSync } from 'node:fs';

/**
 * How long each thread of a process has been ready to run and had no processor, since it began, in milliseconds: the second field of
 * `/proc/<pid>/task/<tid>/schedstat` (Linux, Documentation/scheduler/sched-stats.rst). A wait is counted when it
 * is over, also one for which a limit of its group stopped it. Empty when the process is gone, or where Linux was built without it.
 */
export function readProcessorWaits(pid: number): ReadonlyMap<string, number> {
  const waits = new Map<string, number>();
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) waits.set(thread, readWait(`/proc/${pid}/task/${thread}`));
  } catch {
    // What was read until it ended is as good as nothing.
  }
  return waits;
}

function readWait(folder: string): number {
  return Number(readFileSync(`${folder}/schedstat`, 'latin1').split(' ')[1]) / 1e6;
}
