import { type Operation, SandboxError } from '@quicksand/protocol';
import type { Connection, SendOptions } from './connection.ts';
import { badResponse, brokenAnswer } from './response-error.ts';
import { raceAbort } from './race-abort.ts';

/** How long an answer may take, in milliseconds, where the caller says nothing else. */
export const defaultRequestTimeoutMs = 30_000;

const longestTimerMs = 2 ** 31 - 1;

/** Something that reads unknown data and throws; a zod schema is one. */
interface Parser<T> {
  parse(value: unknown): T;
}

/** What {@link requestJson} needs beside the request. */
export interface JsonRequest<T> extends Omit<SendOptions, 'signal'> {
  /** What the answer's JSON must be; undefined where there is none. */
  readonly parser: Parser<T>;
  readonly timeoutMs?: number | undefined;
}

/** Sends a request and reads its whole answer. Rejects as {@link Connection.send} does, and with `request_timeout` and `bad_response`. */
export async function requestJson<T>(
  connection: Connection,
  operation: Operation,
  request: JsonRequest<T>,
): Promise<T> {
  const { parser, timeoutMs = defaultRequestTimeoutMs, ...options } = request;
  const { signal, stop } = createLimit(connection, operation, timeoutMs);
  try {
    const response = await connection.send(operation, { ...options, signal });
    return await parseAnswer(connection, response, parser, signal);
  } finally {
    stop();
  }
}

/** Reads the whole of an answer that is JSON. Rejects with the signal's reason, `connection_failed` and `bad_response`. */
export async function parseAnswer<T>(
  connection: Connection,
  response: Response,
  parser: Parser<T>,
  signal?: AbortSignal,
): Promise<T> {
  const text = await raceAbort(response.text(), signal).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw brokenAnswer(response, connection.name, cause, 'what was asked for may have been done all the same');
  });
  return parseBody(connection, { response, text, parser });
}

function createLimit(
  connection: Connection,
  operation: Operation,
  timeoutMs: number,
): { signal: AbortSignal; stop: () => void } {
  if (!(timeoutMs > 0)) {
    throw new SandboxError('invalid_request', {
      message: `timeout: ${timeoutMs} is not a number of milliseconds above 0`,
      hint: 'leave it out for 30000',
    });
  }
  const limit = new AbortController();
  const expire = (): void =>
    limit.abort(
      new SandboxError('request_timeout', {
        message: `${connection.name} did not answer ${operation} within ${timeoutMs} ms`,
        hint: 'the host may be busy; try again, or allow more time',
        details: { operation, timeoutMs },
      }),
    );
  const timer = setTimeout(expire, Math.min(timeoutMs, longestTimerMs));
  return { signal: limit.signal, stop: () => clearTimeout(timer) };
}

function parseBody<T>(
  connection: Connection,
  { response, text, parser }: { response: Response; text: string; parser: Parser<T> },
): T {
  try {
    return parser.parse(text === '' ? undefined : JSON.parse(text));
  } catch (error) {
    const { message, hint, details } = badResponse(response, connection.name, text);
    throw new SandboxError('bad_response', { message, hint, details, cause: error });
  }
}
