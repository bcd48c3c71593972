import { createParser } from 'eventsource-parser';
import { type ByteReader, openByteReader } from './byte-reader.ts';

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
  /** Called for each piece that comes, also where it is a comment. */
  readonly onPiece?: (() => void) | undefined;
}

/**
 * Decodes a stream of SSE bytes into messages. Leaving the loop early cancels the stream, and so does `return`, at once, also before the first message
 * and while one is waited for. A frame cut off by the end of the stream is dropped, as the standard asks. Throws `SyntaxError` when a frame's data is
 * not JSON.
 */
export function decodeSSE<T>(
  stream: ReadableStream<Uint8Array>,
  options: ParseSSEOptions = {},
): AsyncGenerator<SSEMessage<T>, void, undefined> {
  return decode(stream, options, (message: SSEMessage<T>) => message);
}

/**
 * Reads a stream of Server-Sent Events as an async iterable of their JSON values.
 *
 * @example
 * for await (const event of parseSSEStream<StreamingEvent>(await sandbox.runCodeStream('print(1)'))) console.log(event.type)
 */
export function parseSSEStream<T>(
  stream: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  return decode(stream, { signal }, ({ event }: SSEMessage<T>) => event);
}

function decode<T, Item>(
  stream: ReadableStream<Uint8Array>,
  options: ParseSSEOptions,
  toItem: (message: SSEMessage<T>) => Item,
): AsyncGenerator<Item, void, undefined> {
  let reader: ByteReader | undefined;
  const open = (): ByteReader => (reader = openByteReader(stream));
  const items = readItems(open, options, toItem);
  const leave = items.return.bind(items);
  // By itself a generator that waits hears of it when it has waited, and one that has not begun never does.
  items.return = (value) => {
    (reader ?? stream).cancel().catch(() => {});
    return leave(value);
  };
  return items;
}

async function* readItems<T, Item>(
  open: () => ByteReader,
  { signal, onPiece }: ParseSSEOptions,
  toItem: (message: SSEMessage<T>) => Item,
): AsyncGenerator<Item, void, undefined> {
  const ready: Item[] = [];
  const parser = createParser({
    onEvent({ id, data }) {
      if (data === endMark) return;
      ready.push(toItem({ id: id === undefined ? undefined : Number(id), event: JSON.parse(data) as T }));
    },
  });
  const decoder = new TextDecoder();
  const reader = open();
  const abort = (): void => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) return;
      onPiece?.();
      parser.feed(decoder.decode(value, { stream: true }));
      yield* ready.splice(0);
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}
