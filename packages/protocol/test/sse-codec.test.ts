import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SSEMessage, decodeSSE, encodeSSE, heartbeat, parseSSEStream } from '../src/index.ts';

const golden = JSON.parse(readFileSync(new URL('../../../conformance/wire/sse.json', import.meta.url), 'utf8')) as {
  cases: { name: string; id: number; event: unknown; text: string }[];
};

function toStream(pieces: Uint8Array[], onCancel?: () => void): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream({
    pull(controller) {
      const next = left.shift();
      if (next) controller.enqueue(next);
      else controller.close();
    },
    cancel: onCancel,
  });
}
function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.slice(n * size, (n + 1) * size));
}
async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

test.each(golden.cases)('golden: $name', async ({ id, event, text }) => {
  const bytes = encodeSSE(id, event);
  expect(new TextDecoder().decode(bytes)).toBe(text);
  for (const size of [1, 2, 3, 7, 4096]) {
    expect(await collect(decodeSSE(toStream(cut(bytes, size))))).toEqual([{ id, event }]);
  }
});

test('property: any events, cut at any byte, come back as they were, with heartbeats between them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ text: fc.string({ unit: 'binary' }) })),
      fc.integer({ min: 1, max: 9 }),
      async (events, size) => {
        const bytes = Buffer.concat(events.flatMap((event, n) => [heartbeat, encodeSSE(n + 1, event)]));
        const expected: SSEMessage<unknown>[] = events.map((event, n) => ({
          id: n + 1,
          event: JSON.parse(JSON.stringify(event)),
        }));
        expect(await collect(decodeSSE(toStream(cut(bytes, size))))).toEqual(expected);
      },
    ),
  );
});

test('property: an event, split in two at any byte, comes back as it was', async () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), async (value, id) => {
      const bytes = encodeSSE(id, { text: value });
      const expected = [{ id, event: JSON.parse(JSON.stringify({ text: value })) as unknown }];
      for (let at = 0; at <= bytes.length; at++) {
        expect(await collect(decodeSSE(toStream([bytes.slice(0, at), bytes.slice(at)])))).toEqual(expected);
      }
    }),
    { numRuns: 20 },
  );
});

test('property: a stream that is cut off gives the events that are whole, and no other', async () => {
  const texts = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(texts, fc.nat(), async (values, cutAt) => {
      const frames = values.map((value, n) => encodeSSE(n + 1, { text: value }));
      const bytes = Buffer.concat(frames);
      const end = cutAt % bytes.length;
      let whole = 0;
      for (let at = 0; at + (frames[whole]?.length ?? Infinity) <= end; whole++) at += frames[whole]?.length ?? 0;
      const found = await collect(decodeSSE(toStream([Uint8Array.from(bytes.subarray(0, end))])));
      expect(found.map(({ id }) => id)).toEqual(Array.from({ length: whole }, (_, n) => n + 1));
    }),
  );
});

test('property: the hand-written parser of the seed reads whatever is encoded', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ text: fc.string({ unit: 'binary' }) })), (events) => {
      const text = new TextDecoder().decode(
        Buffer.concat(events.flatMap((event, n) => [encodeSSE(n + 1, event), heartbeat])),
      );
      const data = text.split('\n').filter((line) => line.startsWith('data: '));
      expect(data.map((line) => JSON.parse(line.substring(6)) as unknown)).toEqual(JSON.parse(JSON.stringify(events)));
    }),
  );
});

test('the hand-written parser of the seed reads what is encoded', () => {
  const lines = new TextDecoder()
    .decode(Buffer.concat([heartbeat, encodeSSE(1, { type: 'stdout', text: 'a\nb' })]))
    .split('\n');
  const data = lines
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.substring(6)) as unknown);
  expect(data).toEqual([{ type: 'stdout', text: 'a\nb' }]);
});

test('a frame that the end of the stream cut off is dropped', async () => {
  const bytes = encodeSSE(1, { type: 'stdout' });
  expect(await collect(parseSSEStream(toStream([bytes, bytes.slice(0, -1)])))).toHaveLength(1);
});

test('the mark at the end of other streams is no event', async () => {
  const mark = new TextEncoder().encode('data: [DONE]\n\n');
  expect(await collect(parseSSEStream(toStream([encodeSSE(1, ['[DONE]']), mark])))).toEqual([['[DONE]']]);
});

test('an end that comes before the first event, or between two, cancels the stream at once', async () => {
  for (const hasBegun of [false, true]) {
    let cancelled = 0;
    const events = parseSSEStream(new ReadableStream<Uint8Array>({ cancel: () => void cancelled++ }));
    const waiting = hasBegun ? events.next() : undefined;
    expect(await events.return()).toEqual({ done: true, value: undefined });
    expect(cancelled).toBe(1);
    expect((await (waiting ?? events.next())).done).toBe(true);
  }
});

test('leaving the loop cancels the stream, and so does a signal', async () => {
  let cancelled = 0;
  const pieces = [encodeSSE(1, { n: 1 }), encodeSSE(2, { n: 2 })];
  for await (const event of parseSSEStream<{ n: number }>(toStream(pieces, () => cancelled++))) {
    expect(event.n).toBe(1);
    break;
  }
  expect(cancelled).toBe(1);
  const endless = new ReadableStream<Uint8Array>({ cancel: () => void cancelled++ });
  const abort = new AbortController();
  const reading = collect(parseSSEStream(endless, abort.signal));
  abort.abort(new Error('enough'));
  await expect(reading).rejects.toThrow('enough');
  expect(cancelled).toBe(2);
});
