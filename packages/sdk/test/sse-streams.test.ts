import { expect, test } from 'vitest';
import {
  asyncIterableToSSEStream,
  isExecResult,
  isProcess,
  isProcessStatus,
  parseSSEStream,
  responseToAsyncIterable,
} from '../src/index.ts';

/** Counts for ever; notes how far it came, and its end. */
async function* count(seen: { last: number; ended: boolean }): AsyncGenerator<{ n: number }> {
  try {
    for (;;) yield { n: ++seen.last };
  } finally {
    seen.ended = true;
  }
}

async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

async function* list<T>(...values: T[]): AsyncGenerator<T> {
  yield* values;
}

test('events become a stream, and events again', async () => {
  const events = [{ text: 'a\nb' }, 1, null];
  const stream = asyncIterableToSSEStream(list(...events));
  expect(await collect(responseToAsyncIterable(new Response(stream)))).toEqual(events);
  const lines = asyncIterableToSSEStream(list('[1,\n2]', '[1,\r\n2]', '[1,\r2]'), { serialize: (text) => text });
  expect(await new Response(lines).text()).toBe(`${'data: [1,\ndata: 2]\n\n'.repeat(3)}data: [DONE]\n\n`);
});

test('no event is asked for before it is read, and none after the stream is cancelled or aborted', async () => {
  const cancelled = { last: 0, ended: false };
  for await (const { n } of parseSSEStream<{ n: number }>(asyncIterableToSSEStream(count(cancelled))))
    if (n === 3) break;
  expect(cancelled).toEqual({ last: 3, ended: true });

  const aborted = { last: 0, ended: false };
  const abort = new AbortController();
  const reader = asyncIterableToSSEStream(count(aborted), { signal: abort.signal }).getReader();
  await reader.read();
  abort.abort(new Error('enough'));
  await expect(reader.read()).rejects.toThrow('enough');
  await expect.poll(() => aborted).toEqual({ last: 1, ended: true });
});

test('events that nobody waits for any more end where they come from, also while there are none', async () => {
  for (const hasBegun of [false, true]) {
    const left = Promise.withResolvers<void>();
    const quiet = new ReadableStream<Uint8Array>({ cancel: () => left.resolve() });
    const reader = asyncIterableToSSEStream(parseSSEStream(quiet)).getReader();
    if (hasBegun) void reader.read();
    await reader.cancel();
    await left.promise;
  }
});

test('an error among the events is one of the stream', async () => {
  const failing = (async function* () {
    yield 1;
    throw new Error('broken');
  })();
  await expect(collect(parseSSEStream(asyncIterableToSSEStream(failing)))).rejects.toThrow('broken');
});

test('an answer that is no stream is an error', async () => {
  const body = { error: { code: 'context_not_found', message: 'there is none' } };
  const refused = Response.json(body, { status: 404 });
  await expect(responseToAsyncIterable(refused).next()).rejects.toMatchObject({ code: 'context_not_found' });
  await expect(responseToAsyncIterable(new Response(null)).next()).rejects.toMatchObject({ code: 'bad_response' });
});

test('values are told apart', () => {
  const result = { success: true, exitCode: 0, stdout: '', stderr: '' };
  const process = { id: 'a', command: 'ls', status: 'running' };
  const values = [result, process, {}, null, undefined, 'text'];
  expect(values.map(isExecResult)).toEqual([true, false, false, false, false, false]);
  expect(values.map(isProcess)).toEqual([false, true, false, false, false, false]);
  expect(['starting', 'error', 'done'].map(isProcessStatus)).toEqual([true, true, false]);
});
