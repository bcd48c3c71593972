import { type ByteReader, openByteReader } from '@quicksand/protocol';
import { expect, test } from 'vitest';

const bytes = Uint8Array.of(1, 2, 3);

async function readPieces(reader: ByteReader): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return pieces;
    pieces.push(value);
  }
}

test('a body that comes over a connection is read whole, in large pieces that can be kept', async () => {
  const { body } = await fetch('http://outside/');
  const pieces = await readPieces(openByteReader(body as ReadableStream<Uint8Array>));
  // The runtime's own pieces have 4096 bytes: there would be 49.
  expect(pieces.length).toBeLessThan(25);
  expect(new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer())).toEqual(new Uint8Array(200_000).fill(7));
  expect(pieces.map(({ buffer }) => buffer.byteLength)).toEqual(pieces.map(({ length }) => length));
});

test('what has come is not held until there is more', async () => {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const reader = openByteReader(readable);
  for (const length of [3, 1]) {
    void writer.write(bytes.subarray(0, length));
    expect((await reader.read()).value).toEqual(bytes.subarray(0, length));
  }
});

test('few bytes are asked for where they are waited for, and many behind a piece that was full', async () => {
  const asked: (number | undefined)[] = [];
  const lengths = [1, 4096, 65_536, 5000, 4095];
  const stream = new ReadableStream<Uint8Array>({
    type: 'bytes',
    pull(controller) {
      const { byobRequest } = controller as ReadableByteStreamController;
      asked.push(byobRequest?.view?.byteLength);
      byobRequest?.respond(lengths[asked.length - 1] ?? 1);
    },
  });
  const reader = openByteReader(stream);
  for (const length of [...lengths, 1]) expect((await reader.read()).value).toHaveLength(length);
  expect(asked).toEqual([4096, 4096, 65_536, 65_536, 65_536, 4096]);
});

test('an end is one, however often it is asked for', async () => {
  const { body } = await fetch('http://outside/');
  const reader = openByteReader(body as ReadableStream<Uint8Array>);
  await readPieces(reader);
  expect((await reader.read()).done).toBe(true);
});

test('a stream that a program has made comes in its own pieces', async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const reading = readPieces(openByteReader(readable));
  await writer.write(bytes.subarray(0, 3));
  await writer.close();
  expect(await reading).toEqual([bytes.subarray(0, 3)]);
});

test('a cancel goes to the source, and a stream that is read already is refused', async () => {
  let reason: unknown;
  const stream = new ReadableStream<Uint8Array>({ type: 'bytes', cancel: (given) => void (reason = given) });
  const reader = openByteReader(stream);
  expect(() => openByteReader(stream)).toThrow(TypeError);
  const reading = reader.read();
  await reader.cancel('enough');
  expect([reason, (await reading).done]).toEqual(['enough', true]);
  expect((await reader.read()).done).toBe(true);
  reader.releaseLock();
});
