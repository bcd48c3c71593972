import { SandboxError, executionIdSchema } from '@quicksand/protocol';
import { toAbortableStream } from './abortable-stream.ts';
import type { Connection } from './connection.ts';
import { type OpenedStream, cancelExecution, resumeExecution, startExecution } from './execution-link.ts';
import { type RunCodeOptions, toExecutionRequest } from './run-code-options.ts';

/** Options of `resumeCodeStream`. */
export interface ResumeOptions {
  /** Id of the last event that was seen; the stream begins behind it. Default 0: all events. */
  after?: number;
  /** Aborting it interrupts the code, as in `runCodeStream`. To stop the reading alone, cancel the stream. */
  signal?: AbortSignal;
}

/** Runs code; the host's bytes, as they come. See `CodeInterpreter.runCodeStream`. */
export async function runCodeStream(
  connection: Connection,
  code: string,
  options: RunCodeOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const { signal } = options;
  signal?.throwIfAborted();
  const request = toExecutionRequest(code, options, 'interrupt');
  return openStream(connection, request.executionId, {
    signal,
    open: () => startExecution(connection, request, signal),
  });
}

/** Opens the stream of an execution again. See `Sandbox.resumeCodeStream`. */
export async function resumeCodeStream(
  connection: Connection,
  executionId: string,
  { after = 0, signal }: ResumeOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  signal?.throwIfAborted();
  const valid = executionIdSchema.safeParse(executionId).success && Number.isSafeInteger(after) && after >= 0;
  if (!valid) {
    throw new SandboxError('invalid_request', {
      message: `cannot resume execution ${JSON.stringify(executionId)} after event ${after}`,
      hint: 'give the executionId of the run, and the number behind "id:" of the last event that was seen',
    });
  }
  return openStream(connection, executionId, {
    signal,
    open: () => resumeExecution(connection, executionId, { after, signal }),
  });
}

/** The body itself where there is no signal: it may be handed on without passing through this program. */
async function openStream(
  connection: Connection,
  executionId: string,
  { signal, open }: { signal: AbortSignal | undefined; open: () => Promise<OpenedStream> },
): Promise<ReadableStream<Uint8Array>> {
  const cancel = (): Promise<void> => cancelExecution(connection, executionId);
  try {
    const { body } = await open();
    return signal ? toAbortableStream(body, signal, () => void cancel()) : body;
  } catch (error) {
    if (signal?.aborted) await cancel();
    throw error;
  }
}
