import { createParser } from 'eventsource-parser';
import { openByteReader } from './byte-reader.ts';

// Server-Sent Events, as the HTML Standard defines them (https://html.spec.whatwg.org/multipage/server-sent-events.html).

const encoder = new TextEncoder();

/** A comment frame: keeps a quiet stream alive and lets a broken connection be noticed. Clients ignore it. */
export const heartbeat: Uint8Array = encoder.encode(': \n\n');

/** What some streams end with, those of language models for one. It is no JSON, and no event. */
const endMark = '[DONE]';

/** One event as one SSE frame, `id: N\ndata: {json}\n\n`. JSON text has no line breaks, so one `data` line is enough (R5). */
export function formatSSE(id: number, event: unknown): string {
  return `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** The same in UTF-8. */
export function encodeSSE(id: number, event: unknown): Uint8Array {
  return encoder.encode(formatSSE(id, event));
}

/** The JSON values of whole SSE frames that are in memory. */
export function decodeSSEFrames<T>(frames: Iterable<Uint8Array>): T[] {
  const events: T[] = [];
  const parser = createParser({ onEvent: ({ data }) => events.push(JSON.parse(data) as T) });
  const decoder = new TextDecoder();
  for (const frame of frames) parser.feed(decoder.decode(frame, { stream: true }));
  return events;
}

/** One decoded SSE frame: its id, where it has one, and the JSON value behind `data: `. */
export interface SSEMessage<T> {
  readonly id: number | undefined;
  readonly event: T;
}

/** Options of {@link decodeSSE} and {@link parseSSEStream}. */
export interface ParseSSEOptions {
  /** Ends the reading and cancels the stream; the iteration then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decodes a stream of SSE bytes into messages. Leaving the loop early cancels the stream. A frame cut off by the end of the stream is dropped,
 * as the standard asks. Throws `SyntaxError` when a frame's data is not JSON.
 */
export async function* decodeSSE<T>(
  stream: ReadableStream<Uint8Array>,
  options: ParseSSEOptions = {},
): AsyncGenerator<SSEMessage<T>, void, undefined> {
  const { signal } = options;
  const ready: SSEMessage<T>[] = [];
  const parser = createParser({
    onEvent({ id, data }) {
      if (data === endMark) return;
      ready.push({ id: id === undefined ? undefined : Number(id), event: JSON.parse(data) as T });
    },
  });
  const decoder = new TextDecoder();
  const reader = openByteReader(stream);
  const abort = (): void => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* ready.splice(0);
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

/**
 * Reads a stream of Server-Sent Events as an async iterable of their JSON values.
 *
 * @example
 * for await (const event of parseSSEStream<StreamingEvent>(await sandbox.runCodeStream('print(1)'))) console.log(event.type)
 */
export async function* parseSSEStream<T>(
  stream: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  for await (const message of decodeSSE<T>(stream, { signal })) yield message.event;
}
