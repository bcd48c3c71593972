import { readFileSync } from 'node:fs';

/** Clock ticks in a second: USER_HZ is 100 on every Linux that Node runs on (proc_pid_stat(5)). */
const ticksPerSecond = 100;

/** When a process started, in clock ticks since the machine did; undefined when it is gone. */
export function readStartTicks(pid: number): number | undefined {
  try {
    return parseStartTicks(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Field 22 of `/proc/<pid>/stat`, counted behind the name, which may hold spaces and brackets. */
export function parseStartTicks(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
}

/** The present moment on the clock of {@link readStartTicks}. */
export function currentTicks(): number {
  return Math.floor(Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * ticksPerSecond);
}
