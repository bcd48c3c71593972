import { parseSSEStream } from '@quicksand/protocol';
import { toAbortableStream } from './abortable-stream.ts';
import { badResponse, toResponseError } from './response-error.ts';

/** What error messages call the other side. */
const where = 'the given answer';

/**
 * The JSON values of an answer that is a stream of Server-Sent Events. Throws the error of an answer that is none: a host's own, or `bad_response`.
 *
 * @example
 * for await (const event of responseToAsyncIterable<StreamingEvent>(await fetch('/run', { method: 'POST' }))) console.log(event.type)
 */
export function responseToAsyncIterable<T>(
  response: Response,
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  return response.ok && response.body ? parseSSEStream<T>(response.body, signal) : refuse(response, signal);
}

// oxlint-disable-next-line require-yield -- whoever asks for the first event hears why there is none
async function* refuse(response: Response, signal: AbortSignal | undefined): AsyncGenerator<never, void, undefined> {
  throw response.ok ? badResponse(response, where, '') : await toResponseError(response, where, signal);
}

/** Options of {@link asyncIterableToSSEStream}. */
export interface SSEStreamOptions<T> {
  /** Aborting it ends the stream with the signal's reason. */
  signal?: AbortSignal;
  /** Default `JSON.stringify`. */
  serialize?: (event: T) => string;
}

/**
 * A stream of Server-Sent Events, as fast as it is read; its last is `[DONE]`, which `parseSSEStream` leaves out. Cancelling it ends the events.
 *
 * @example
 * const events = parseSSEStream<StreamingEvent>(await sandbox.runCodeStream(code))
 * return new Response(asyncIterableToSSEStream(events), { headers: { 'Content-Type': 'text/event-stream' } })
 */
export function asyncIterableToSSEStream<T>(
  events: AsyncIterable<T>,
  { signal, serialize = JSON.stringify }: SSEStreamOptions<T> = {},
): ReadableStream<Uint8Array> {
  const iterator = events[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        const data = done ? '[DONE]' : serialize(value);
        controller.enqueue(encoder.encode(`data: ${data.replaceAll(/\r\n|[\r\n]/g, '\ndata: ')}\n\n`));
        if (done) controller.close();
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
  return signal ? toAbortableStream(stream, signal, () => {}) : stream;
}
