import { type ProcessInfo, SandboxError, processLogsSchema, processSchema } from '@quicksand/protocol';
import type { Connection } from './connection.ts';
import { requestJson } from './request-json.ts';

/** What a process has written and the host still holds. */
export interface ProcessLogs {
  stdout: string;
  stderr: string;
  processId: string;
  /** Beyond Cloudflare's API: whether there was more. */
  truncated?: boolean;
}

/** What the host says of a process; undefined when there is none of that id. */
export async function describeProcess(connection: Connection, processId: string): Promise<ProcessInfo | undefined> {
  try {
    return await requestJson(connection, 'getProcess', { parameters: { processId }, parser: processSchema });
  } catch (error) {
    if (SandboxError.is(error) && error.code === 'process_not_found') return undefined;
    throw error;
  }
}

/** See `SandboxCommands.killProcess`. */
export async function killProcess(connection: Connection, processId: string, signal?: string): Promise<void> {
  const query: Record<string, string> = signal === undefined ? {} : { signal };
  await requestJson(connection, 'killProcess', { parameters: { processId }, query, parser: processSchema });
}

/** See `SandboxCommands.getProcessLogs`. */
export async function getProcessLogs(connection: Connection, processId: string): Promise<ProcessLogs> {
  return requestJson(connection, 'getProcessLogs', { parameters: { processId }, parser: processLogsSchema });
}
