import type { ExecResult } from './exec-options.ts';

/** One event of `execStream`: the JSON behind `data: `. `complete` is the last. */
export interface ExecEvent {
  type: 'start' | 'stdout' | 'stderr' | 'complete' | 'error';
  timestamp: string;
  data?: string;
  command?: string;
  exitCode?: number;
  result?: ExecResult;
  error?: string;
  sessionId?: string;
  pid?: number;
  /** Beyond Cloudflare's API: the name of the signal that ended it; why the host ended it; how long it ran, in milliseconds. */
  signal?: string;
  ename?: string;
  duration?: number;
}

/** One event of `streamProcessLogs`. `exit` is the last. */
export interface LogEvent {
  type: 'stdout' | 'stderr' | 'exit' | 'error';
  timestamp: string;
  data: string;
  processId: string;
  sessionId?: string;
  exitCode?: number;
  /** Beyond Cloudflare's API: the name of the signal that ended it; why the host ended it. */
  signal?: string;
  ename?: string;
}
