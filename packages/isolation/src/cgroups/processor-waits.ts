import { readdirSync } from 'node:fs';
import { readProcessFile } from './process-stat.ts';

/** Threads of which the waits are read: the first are the main one and those of the interpreter itself. */
const mostThreads = 16;

/**
 * How long each of the first threads of a process has been ready to run and had no processor, since it began, in milliseconds: the second field of
 * `/proc/<pid>/task/<tid>/schedstat` (Linux, Documentation/scheduler/sched-stats.rst). A wait is counted when it
 * is over, also one for which a limit of its group stopped it. Empty when the process is gone, or where Linux was built without it.
 */
export function readProcessorWaits(pid: number): ReadonlyMap<string, number> {
  const waits = new Map<string, number>();
  for (const thread of listThreads(pid).slice(0, mostThreads)) {
    const schedstat = readProcessFile(`/proc/${pid}/task/${thread}/schedstat`);
    if (schedstat !== undefined) waits.set(thread, Number(schedstat.split(' ')[1]) / 1e6);
  }
  return waits;
}

function listThreads(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}
