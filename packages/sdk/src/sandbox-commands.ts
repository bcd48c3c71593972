import type { Connection } from './connection.ts';
import type { CommandLine, ExecOptions, ExecResult, StreamOptions } from './exec-options.ts';
import { execStream } from './exec-stream.ts';
import { exec } from './exec.ts';
import type { ProcessOptions } from './process-options.ts';
import type { Process } from './process.ts';
import { type ProcessLogs, getProcessLogs, killProcess } from './process-requests.ts';
import {
  cleanupCompletedProcesses,
  getProcess,
  killAllProcesses,
  killCommand,
  listProcesses,
  streamProcessLogs,
} from './processes.ts';
import { setEnvVars } from './set-env-vars.ts';
import { startProcess } from './start-process.ts';

/**
 * Commands of a sandbox. Each is a shell of its own: a `cd` or an `export` does not reach the next one. Every method rejects with a `SandboxError`, or
 * with the reason of the caller's signal.
 */
export interface SandboxCommands {
  /**
   * Runs a command and collects what it writes. One that fails does not reject: see `exitCode`. Rejects with `command_timeout` after `timeout`, with
   * `command_stopped` when something else ended it, with `cwd_unusable`, `program_not_found`, `too_many_commands`. A lost connection is resumed for up to 30 s.
   *
   * @example
   * const { exitCode, stdout } = await sandbox.exec('ls -l', { timeout: 10_000, onOutput: (stream, data) => console.log(stream, data) })
   */
  exec(command: CommandLine, options?: ExecOptions): Promise<ExecResult>;
  /**
   * Runs a command; resolves as soon as the stream of Server-Sent Events opens. Cancelling the stream ends the command.
   *
   * @example
   * for await (const event of parseSSEStream<ExecEvent>(await sandbox.execStream('make'))) if (event.type === 'stdout') console.log(event.data)
   */
  execStream(command: CommandLine, options?: StreamOptions): Promise<ReadableStream<Uint8Array>>;
  /** Beyond Cloudflare's API: ends a command that has a `commandId`; with a signal only sends that, to its process group. Rejects with `command_not_found`. */
  killCommand(commandId: string, signal?: string): Promise<void>;
  /**
   * Starts a command in the background; it lives until it or its sandbox ends. Rejects as `exec` does, and with `process_conflict`.
   *
   * @example
   * const server = await sandbox.startProcess('python3 -m http.server 8000')
   * await server.waitForPort(8000)
   */
  startProcess(command: CommandLine, options?: ProcessOptions): Promise<Process>;
  /** The processes that run, and those that ended some minutes ago. */
  listProcesses(): Promise<Process[]>;
  /** A process; null when there is none of that id. */
  getProcess(id: string): Promise<Process | null>;
  /** Ends a process and all that it started, and waits for that; with a signal only sends that, to its process group. Rejects with `process_not_found`. */
  killProcess(id: string, signal?: string): Promise<void>;
  /** Ends all processes, waits for that, and says how many there were. */
  killAllProcesses(): Promise<number>;
  /** Forgets the processes that have ended, and says how many there were. */
  cleanupCompletedProcesses(): Promise<number>;
  /** What a process has written and the host still holds: the newest 4 MiB. Rejects with `process_not_found`. */
  getProcessLogs(id: string): Promise<ProcessLogs>;
  /** The events of a process as a stream of Server-Sent Events: those that are held, then each when it happens. Aborting or cancelling it ends the reading alone. */
  streamProcessLogs(processId: string, options?: { signal?: AbortSignal }): Promise<ReadableStream<Uint8Array>>;
  /**
   * Sets environment variables for everything that runs in the sandbox from then on, also in contexts that are there; undefined takes one away. Those of a
   * context, a command or an execution win over them.
   */
  setEnvVars(envVars: Record<string, string | undefined>): Promise<void>;
}

/** Binds the methods to a connection. */
export function createSandboxCommands(connection: Connection): SandboxCommands {
  return {
    exec: (command, options) => exec(connection, command, options),
    execStream: (command, options) => execStream(connection, command, options),
    killCommand: (commandId, signal) => killCommand(connection, commandId, signal),
    startProcess: (command, options) => startProcess(connection, command, options),
    listProcesses: () => listProcesses(connection),
    getProcess: (id) => getProcess(connection, id),
    killProcess: (id, signal) => killProcess(connection, id, signal),
    killAllProcesses: () => killAllProcesses(connection),
    cleanupCompletedProcesses: () => cleanupCompletedProcesses(connection),
    getProcessLogs: (id) => getProcessLogs(connection, id),
    streamProcessLogs: (processId, options) => streamProcessLogs(connection, processId, options),
    setEnvVars: (envVars) => setEnvVars(connection, envVars),
  };
}
