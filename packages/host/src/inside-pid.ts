import { readFileSync } from 'node:fs';

/** The pid of a process as its own sandbox sees it; undefined when it is gone. */
export function readInsidePid(pid: number): number | undefined {
  try {
    const [, pids = ''] = /^NSpid:\s*(.+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return Number(pids.split(/\s+/).at(-1)) || undefined;
  } catch {
    return undefined; // it has ended
  }
}
