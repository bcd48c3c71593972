import { readFileSync } from 'node:fs';
import type { Usage } from '@quicksand/protocol';

/** Milliseconds of one clock tick: USER_HZ is 100 on every Linux that Node runs on (proc_pid_stat(5)). */
const tickMs = 10;

/** What a process and its ended children have used so far. Zeros when it is gone. */
export function readProcessUsage(pid: number): Omit<Usage, 'wallMs'> {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Fields 14 to 17, counted behind the name, which may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return { cpuMs: ticks * tickMs, peakMemoryBytes: Number(peak ?? 0) * 1024 };
  } catch {
    return { cpuMs: 0, peakMemoryBytes: 0 };
  }
}
