import type { ProcessInfo } from '@quicksand/protocol';
import type { Connection } from './connection.ts';
import { describeProcess, getProcessLogs, killProcess } from './process-requests.ts';
import { type WaitForExitResult, waitForExit } from './wait-for-exit.ts';
import { type WaitForLogResult, waitForLog } from './wait-for-log.ts';
import { type WaitForPortOptions, waitForPort } from './wait-for-port.ts';

/** `starting` and `error` are never a host's: `error` is what `getStatus` says of a process that the host has forgotten. */
export type ProcessStatus = ProcessInfo['status'];

/** A command in the background, as it was when it was asked for. */
export interface Process {
  readonly id: string;
  /** As the sandbox itself sees it. */
  readonly pid?: number;
  readonly command: string;
  readonly status: ProcessStatus;
  readonly startTime: Date;
  readonly endTime?: Date;
  /** 128 and the number of the signal for a process that a signal ended. */
  readonly exitCode?: number;
  readonly sessionId?: string;
  /** Beyond Cloudflare's API: the name of the signal that ended it. */
  readonly signal?: string;
  /** Ends it and all that it started, and waits for that; with a signal only sends that, to its process group. Rejects with `process_not_found`. */
  kill(signal?: string): Promise<void>;
  /** Its status now. */
  getStatus(): Promise<ProcessStatus>;
  /** What it has written and the host still holds: the newest 4 MiB. Rejects with `process_not_found`. */
  getLogs(): Promise<{ stdout: string; stderr: string }>;
  /**
   * Waits for a line of its output, also one that is there already, that contains the text or matches the expression. Rejects with `process_timeout`
   * after `timeout` milliseconds (default: never) and with `process_exited`.
   */
  waitForLog(pattern: string | RegExp, timeout?: number): Promise<WaitForLogResult>;
  /** Waits until something in the sandbox listens on a port and, unless `mode` is `tcp`, answers. Rejects with `process_timeout`, `process_exited`. */
  waitForPort(port: number, options?: WaitForPortOptions): Promise<void>;
  /** Waits for its end. Rejects with `process_timeout` after `timeout` milliseconds (default: never). */
  waitForExit(timeout?: number): Promise<WaitForExitResult>;
}

/** What the host says of a process, with the methods that ask it again. None uses `this`. */
export function createProcess(connection: Connection, info: ProcessInfo): Process {
  const { id, pid, command, status, startTime, endTime, exitCode, signal } = info;
  const named = { connection, id, command };
  return {
    id,
    ...(pid !== undefined && { pid }),
    command,
    status,
    startTime: new Date(startTime),
    ...(endTime !== undefined && { endTime: new Date(endTime) }),
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    kill: (name) => killProcess(connection, id, name),
    getStatus: async () => (await describeProcess(connection, id))?.status ?? 'error',
    getLogs: async () => {
      const { stdout, stderr } = await getProcessLogs(connection, id);
      return { stdout, stderr };
    },
    waitForLog: (pattern, timeout) => waitForLog(named, pattern, timeout),
    waitForPort: (port, options) => waitForPort(named, port, options),
    waitForExit: (timeout) => waitForExit(named, timeout),
  };
}
