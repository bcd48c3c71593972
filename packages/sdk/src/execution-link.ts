import { contextSchema } from '@quicksand/protocol';
import { type CodeContext, toCodeContext } from './code-context.ts';
import type { Connection } from './connection.ts';
import type { NamedExecutionRequest } from './run-code-options.ts';
import { badResponse, readStart } from './response-error.ts';

/** How long a cancel is waited for before the call rejects, in milliseconds. The host acts on it either way. */
const cancelWaitMs = 1000;

const accept = { Accept: 'text/event-stream' };

/** An answer whose body is an event stream. */
export interface OpenedStream {
  readonly body: ReadableStream<Uint8Array>;
  /** The context that the host says the code runs in. */
  readonly context: CodeContext | undefined;
}

/** Node cancels the body of an answer that is no longer held, also when the body itself is held and not read yet. */
const held = new WeakMap<ReadableStream<Uint8Array>, Response>();

/** Starts an execution; a request that is repeated attaches to it. Rejects as {@link Connection.send} does, and with `bad_response`. */
export async function startExecution(
  connection: Connection,
  body: NamedExecutionRequest,
  signal?: AbortSignal,
): Promise<OpenedStream> {
  const response = await connection.send('createExecution', { body, headers: accept, signal });
  return toOpenedStream(connection, response, signal);
}

/** Opens the events of an execution after the one with the id `after`; 0 for all. */
export async function resumeExecution(
  connection: Connection,
  executionId: string,
  { after, signal }: { readonly after: number; readonly signal?: AbortSignal | undefined },
): Promise<OpenedStream> {
  const headers = { ...accept, 'Last-Event-ID': String(after) };
  const response = await connection.send('readEvents', { parameters: { executionId }, headers, signal });
  return toOpenedStream(connection, response, signal);
}

/** Interrupts an execution as well as it can: settles once the host has answered, the connection has failed, or a second has passed. */
export async function cancelExecution(connection: Connection, executionId: string): Promise<void> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), cancelWaitMs);
  try {
    const response = await connection.send('cancelExecution', { parameters: { executionId }, signal: limit.signal });
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
  if (!isStream || !response.body) throw badResponse(response, connection.name, await readStart(response, signal));
  held.set(response.body, response);
  return { body: response.body, context: parseContext(response.headers.get('Quicksand-Context')) };
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
