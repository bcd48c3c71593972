import { processCountSchema, processListSchema } from '@quicksand/protocol';
import { toAbortableStream } from './abortable-stream.ts';
import type { Connection } from './connection.ts';
import { nothing } from './contexts.ts';
import { assertKnown } from './known-options.ts';
import { describeProcess } from './process-requests.ts';
import { type Process, createProcess } from './process.ts';
import { requestJson } from './request-json.ts';
import { resumeRun } from './run-link.ts';

/** See `SandboxCommands.listProcesses`. */
export async function listProcesses(connection: Connection): Promise<Process[]> {
  const { processes } = await requestJson(connection, 'listProcesses', { parser: processListSchema });
  return processes.map((info) => createProcess(connection, info));
}

/** See `SandboxCommands.getProcess`. */
export async function getProcess(connection: Connection, processId: string): Promise<Process | null> {
  const info = await describeProcess(connection, processId);
  return info ? createProcess(connection, info) : null;
}

/** See `SandboxCommands.killAllProcesses`. */
export async function killAllProcesses(connection: Connection): Promise<number> {
  return (await requestJson(connection, 'killProcesses', { parser: processCountSchema })).count;
}

/** See `SandboxCommands.cleanupCompletedProcesses`. */
export async function cleanupCompletedProcesses(connection: Connection): Promise<number> {
  return (await requestJson(connection, 'cleanProcesses', { parser: processCountSchema })).count;
}

/** See `SandboxCommands.streamProcessLogs`. */
export async function streamProcessLogs(
  connection: Connection,
  processId: string,
  options: { signal?: AbortSignal } = {},
): Promise<ReadableStream<Uint8Array>> {
  assertKnown('streamProcessLogs', options, ['signal']);
  const { signal } = options;
  signal?.throwIfAborted();
  const { body } = await resumeRun(connection, { kind: 'process', id: processId }, { after: undefined, signal });
  return signal ? toAbortableStream(body, signal, () => {}) : body;
}

/** See `SandboxCommands.killCommand`. */
export async function killCommand(connection: Connection, commandId: string, signal?: string): Promise<void> {
  const query: Record<string, string> = signal === undefined ? {} : { signal };
  await requestJson(connection, 'cancelCommand', { parameters: { commandId }, query, parser: nothing });
}
