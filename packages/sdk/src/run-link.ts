import { type Operation, SandboxError, contextSchema } from '@quicksand/protocol';
import { Backoff } from './backoff.ts';
import { type CodeContext, toCodeContext } from './code-context.ts';
import type { Connection } from './connection.ts';
import { badResponse, readStart } from './response-error.ts';
import { takeBody } from './take-body.ts';

/** How long a cancel is waited for before the call rejects, in milliseconds. The host acts on it either way. */
const cancelWaitMs = 1000;

const accept = { Accept: 'text/event-stream' };

/** What has a stream of events that can be resumed. */
export type RunKind = 'execution' | 'command' | 'process';

interface RunOperations {
  readonly start?: Operation;
  readonly read: Operation;
  readonly cancel?: Operation;
  /** The name of its id, in paths and in bodies. */
  readonly id: string;
}

const operations = {
  execution: { start: 'createExecution', read: 'readEvents', cancel: 'cancelExecution', id: 'executionId' },
  command: { start: 'createCommand', read: 'readCommandEvents', cancel: 'cancelCommand', id: 'commandId' },
  process: { read: 'readProcessEvents', id: 'processId' },
} as const satisfies Record<RunKind, RunOperations>;

/** Runs that a request starts and streams at once. */
export type StartedKind = Exclude<RunKind, 'process'>;

/** An answer whose body is an event stream. */
export interface OpenedStream {
  readonly body: ReadableStream<Uint8Array>;
  /** The context that the host says the code runs in. */
  readonly context: CodeContext | undefined;
}

/** Starts a run; a request that is repeated attaches to it. Rejects as {@link Connection.send} does, and with `bad_response`. */
export async function startRun(
  connection: Connection,
  kind: StartedKind,
  body: object,
  signal?: AbortSignal,
): Promise<OpenedStream> {
  const response = await connection.send(operations[kind].start, { body, headers: accept, signal });
  return toOpenedStream(connection, response, signal);
}

/** The same, tried again: the request may or may not have arrived, and its id never runs twice. */
export function startRunWithRetry(
  connection: Connection,
  kind: StartedKind,
  body: object,
  signal: AbortSignal | undefined,
): Promise<OpenedStream> {
  return askWithRetry(() => startRun(connection, kind, body, signal), signal);
}

/** Asks for what may be asked for twice; again where the connection fails. Rejects as `ask` does. */
export async function askWithRetry<T>(ask: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const backoff = new Backoff({ tries: 2, firstDelayMs: 100 });
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const lost = SandboxError.is(error) && error.code === 'connection_failed' && !signal?.aborted;
      if (!lost || !(await backoff.wait(signal))) throw error;
    }
  }
}

/** Opens the events after the one with the id `after`: 0 for all, undefined for those that are still held. */
export async function resumeRun(
  connection: Connection,
  { kind, id }: RunName,
  { after, signal }: { readonly after: number | undefined; readonly signal?: AbortSignal | undefined },
): Promise<OpenedStream> {
  const headers = { ...accept, ...(after !== undefined && { 'Last-Event-ID': String(after) }) };
  const parameters = { [operations[kind].id]: id };
  const response = await connection.send(operations[kind].read, { parameters, headers, signal });
  return toOpenedStream(connection, response, signal);
}

/** The same for `readEvents`, which says with which signal. */
export function toResume(connection: Connection, run: RunName) {
  return async (after: number | undefined, signal: AbortSignal | undefined): Promise<ReadableStream<Uint8Array>> =>
    (await resumeRun(connection, run, { after, signal })).body;
}

/** Which run. */
export interface RunName {
  readonly kind: RunKind;
  readonly id: string;
}

/** Asks a run to end as well as it can: settles once the host has answered, the connection has failed, or a second has passed. */
export async function cancelRun(connection: Connection, kind: StartedKind, id: string): Promise<void> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), cancelWaitMs);
  try {
    const parameters = { [operations[kind].id]: id };
    const response = await connection.send(operations[kind].cancel, { parameters, signal: limit.signal });
    await readStart(response, limit.signal);
  } catch {
    // The caller has asked to stop and hears why; that the host could not be told as well changes nothing for it.
  } finally {
    clearTimeout(timer);
  }
}

async function toOpenedStream(
  connection: Connection,
  response: Response,
  signal: AbortSignal | undefined,
): Promise<OpenedStream> {
  const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream');
  if (!isStream || !response.body)
    throw badResponse(response, connection.name, (await readStart(response, signal)).text);
  return { body: takeBody(response), context: parseContext(response.headers.get('Quicksand-Context')) };
}

/** Percent-encoded JSON, since a path may hold any character and a header may not. */
function parseContext(header: string | null): CodeContext | undefined {
  if (header === null) return undefined;
  try {
    return toCodeContext(contextSchema.parse(JSON.parse(decodeURIComponent(header))));
  } catch {
    return undefined;
  }
}
