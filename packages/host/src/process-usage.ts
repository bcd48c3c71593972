import { closeSync, openSync, readSync } from 'node:fs';
import type { Usage } from '@quicksand/protocol';

/** Milliseconds of one clock tick: USER_HZ is 100 on every Linux that Node runs on (proc_pid_stat(5)). */
const tickMs = 10;
const buffer = Buffer.allocUnsafeSlow(8192);

/** Reads what one process and its ended children have used. Its files stay open: opening them costs more than reading. */
export class ProcessUsage implements Disposable {
  #stat: number | undefined;
  #status: number | undefined;

  constructor(pid: number) {
    this.#stat = open(`/proc/${pid}/stat`);
    this.#status = open(`/proc/${pid}/status`);
  }

  /** Processor time so far, in milliseconds; 0 when the process is gone. */
  get cpuMs(): number {
    const stat = read(this.#stat);
    // Fields 14 to 17, counted behind the name, which may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 15);
    return fields.length < 15 ? 0 : fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) * tickMs;
  }

  /** The most memory that the process ever held, in bytes; 0 when it is gone. */
  get peakMemoryBytes(): Usage['peakMemoryBytes'] {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(read(this.#status))?.[1] ?? 0) * 1024;
  }

  [Symbol.dispose](): void {
    for (const fd of [this.#stat, this.#status]) if (fd !== undefined) closeSync(fd);
    this.#stat = this.#status = undefined;
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

function read(fd: number | undefined): string {
  try {
    return fd === undefined ? '' : buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
  } catch {
    return ''; // ESRCH: the process is gone
  }
}
