import { openSync, readFileSync, readSync } from 'node:fs';

/** Clock ticks in a second: USER_HZ is 100 on every Linux that Node runs on (proc_pid_stat(5)). */
const ticksPerSecond = 100;

/** The text of a file of `/proc` that belongs to a process or a thread; undefined when that is gone. */
export function readProcessFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** When a process started, in clock ticks since the machine did; undefined when it is gone. */
export function readStartTicks(pid: number): number | undefined {
  const stat = readProcessFile(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : parseStartTicks(stat);
}

/** Field 22 of `/proc/<pid>/stat`, counted behind the name, which may hold spaces and brackets. */
export function parseStartTicks(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
}

/** How a process stands. */
export interface ProcessState {
  readonly startTicks: number;
  /** How it ended, as wait(2) gives it; undefined while it runs. */
  readonly waitStatus: number | undefined;
}

/** How a process stands, also one that has ended and that its parent has not heard of yet; undefined when it is gone. */
export function readProcessState(pid: number): ProcessState | undefined {
  const stat = readProcessFile(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : parseProcessState(stat);
}

/** Fields 3, 22 and 52 of `/proc/<pid>/stat`, counted behind the name. */
export function parseProcessState(stat: string): ProcessState {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .trimEnd()
    .split(' ');
  const hasEnded = fields[0] === 'Z' || fields[0] === 'X';
  return { startTicks: Number(fields[19]), waitStatus: hasEnded ? Number(fields[49]) : undefined };
}

/** Read for every execution, so it stays open. */
let uptimeFile: number | undefined;
const buffer = Buffer.allocUnsafeSlow(64);

/** The present moment on the clock of {@link readStartTicks}. */
export function currentTicks(): number {
  uptimeFile ??= openSync('/proc/uptime', 'r');
  const length = readSync(uptimeFile, buffer, 0, buffer.length, 0);
  // Its two decimals are the ticks; in binary 0.29 s is a little less than 29 of them.
  return Math.round(Number.parseFloat(buffer.toString('latin1', 0, length)) * ticksPerSecond);
}

/** Field 4 of `/proc/<pid>/stat`; undefined when the process is gone. */
export function readParent(pid: number): number | undefined {
  const stat = readProcessFile(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
