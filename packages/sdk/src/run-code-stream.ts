import { SandboxError, executionIdSchema } from '@quicksand/protocol';
import type { Connection } from './connection.ts';
import { assertKnown } from './known-options.ts';
import { openRunStream } from './open-run-stream.ts';
import { type RunCodeOptions, toExecutionRequest } from './run-code-options.ts';
import { resumeRun, startRun } from './run-link.ts';

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
  return openRunStream(connection, { kind: 'execution', id: request.executionId }, signal, () =>
    startRun(connection, 'execution', request, signal),
  );
}

/** Opens the stream of an execution again. See `Sandbox.resumeCodeStream`. */
export async function resumeCodeStream(
  connection: Connection,
  executionId: string,
  options: ResumeOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  assertKnown('resumeCodeStream', options, ['after', 'signal']);
  const { after = 0, signal } = options;
  signal?.throwIfAborted();
  const valid = executionIdSchema.safeParse(executionId).success && Number.isSafeInteger(after) && after >= 0;
  if (!valid) {
    throw new SandboxError('invalid_request', {
      message: `cannot resume execution ${JSON.stringify(executionId)} after event ${after}`,
      hint: 'give the executionId of the run, and the number behind "id:" of the last event that was seen',
    });
  }
  const run = { kind: 'execution', id: executionId } as const;
  return openRunStream(connection, run, signal, () => resumeRun(connection, run, { after, signal }));
}
