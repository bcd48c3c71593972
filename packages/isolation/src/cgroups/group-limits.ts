import type { Controller } from './cgroup-layout.ts';

// Keeps I1 (every process under memory, pids and cpu limits) and I4 (nobody slows down others beyond its share).

/** How much the processes of a sandbox may use. */
export interface GroupLimits {
  /** Memory of the whole sandbox, page cache and tmpfs included; bytes. Swap is not allowed on top of it. */
  readonly memoryBytes: number;
  /**
   * Memory of one context, bytes. Smaller than `memoryBytes`, so that a context that grows without end meets its own
   * limit first and its neighbours keep theirs. Only when the contexts together exceed `memoryBytes` does the kernel
   * end the largest process of the sandbox, whosever it is; the holder is exempt.
   */
  readonly contextMemoryBytes: number;
  /** Processes and threads of the whole sandbox, and of one context (a bomb in one leaves some to the others). */
  readonly pids: number;
  readonly contextPids: number;
  /** CPU time of the whole sandbox, in cores; its contexts share it evenly when they all want it. */
  readonly cores: number;
}

/** What a sandbox may use unless the operator says otherwise. */
export const defaultGroupLimits: GroupLimits = {
  memoryBytes: 2 * 1024 ** 3,
  contextMemoryBytes: 1024 ** 3,
  pids: 256,
  contextPids: 128,
  cores: 1,
};

/** One value that is written into one file of a group. */
export interface LimitFile {
  readonly controller: Controller;
  readonly file: string;
  readonly value: string;
  /** The kernel may lack the file: swap accounting is switched off when there is no swap. */
  readonly optional?: true;
}

/** A throttled sandbox waits at most for the rest of a period: short, so that its output stays live (R1). Microseconds. */
const periodMicroseconds = 20_000;

/** The limits of a sandbox as files of its group. Order matters: in v1 memory and swap together may not be below memory. */
export function toSandboxLimitFiles(version: 1 | 2, { memoryBytes, pids, cores }: GroupLimits): LimitFile[] {
  const quota = String(Math.max(1000, Math.round(cores * periodMicroseconds)));
  const rest = [
    ...toMemoryFiles(version, memoryBytes),
    { controller: 'pids', file: 'pids.max', value: String(pids) } as const,
  ];
  if (version === 2) {
    return [
      ...rest,
      { controller: 'cpu', file: 'cpu.weight', value: '100' },
      { controller: 'cpu', file: 'cpu.max', value: `${quota} ${periodMicroseconds}` },
    ];
  }
  return [
    ...rest,
    { controller: 'cpu', file: 'cpu.shares', value: '1024' },
    { controller: 'cpu', file: 'cpu.cfs_period_us', value: String(periodMicroseconds) },
    { controller: 'cpu', file: 'cpu.cfs_quota_us', value: quota },
  ];
}

/** The limits of a context as files of its group, which lies below that of its sandbox. */
export function toContextLimitFiles(version: 1 | 2, { contextMemoryBytes, contextPids }: GroupLimits): LimitFile[] {
  return [
    ...toMemoryFiles(version, contextMemoryBytes),
    { controller: 'pids', file: 'pids.max', value: String(contextPids) },
  ];
}

function toMemoryFiles(version: 1 | 2, bytes: number): LimitFile[] {
  if (version === 2) {
    return [
      { controller: 'memory', file: 'memory.max', value: String(bytes) },
      { controller: 'memory', file: 'memory.swap.max', value: '0', optional: true },
    ];
  }
  return [
    { controller: 'memory', file: 'memory.limit_in_bytes', value: String(bytes) },
    { controller: 'memory', file: 'memory.memsw.limit_in_bytes', value: String(bytes), optional: true },
  ];
}
