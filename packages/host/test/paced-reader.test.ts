import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { PacedReader } from '../src/paced-reader.ts';
import { ReadBudget } from '../src/read-budget.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

async function openPair(): Promise<{ sender: Socket; receiver: Socket }> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const sender = connect(port, '127.0.0.1');
  const [receiver] = (await once(server, 'connection')) as [Socket];
  closers.push(() => (sender.destroy(), receiver.destroy(), server.close()));
  return { sender, receiver };
}

const text = Buffer.from(Array.from({ length: 40_000 }, (_, i) => `${i}\n`).join(''));

/** Reads all of the text, with a budget whose clock and whose work are the test's. */
async function readAll(costMs: number, each: (reader: PacedReader, rests: boolean[]) => void = () => {}) {
  const { sender, receiver } = await openPair();
  let now = 0;
  const budget = new ReadBudget(() => now);
  const pieces: Uint8Array[] = [];
  const rests: boolean[] = [];
  const done = Promise.withResolvers<void>();
  const reader: PacedReader = new PacedReader(receiver, budget, {
    onBytes: (bytes) => {
      pieces.push(Uint8Array.from(bytes));
      budget.spend(costMs);
      each(reader, rests);
      if (pieces.reduce((sum, { length }) => sum + length, 0) === text.length) done.resolve();
    },
    onRest: () => {
      rests.push(reader.isResting);
      now += 1000;
    },
  });
  sender.end(text);
  await done.promise;
  expect(Buffer.concat(pieces).equals(text)).toBe(true);
  return { pieces, rests };
}

test('what is cheap is read without a rest', async () => {
  expect((await readAll(0)).rests).toEqual([]);
});

test('what was read is there until it was handed on, and its memory goes back then', async () => {
  const { sender, receiver } = await openPair();
  const pieces: Uint8Array[] = [];
  const done = Promise.withResolvers<void>();
  let bytes = 0;
  new PacedReader(receiver, new ReadBudget(() => 0), {
    onBytes: (piece) => {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes === text.length) done.resolve();
    },
    onRest: () => {},
  });
  sender.end(text);
  await done.promise;
  expect(pieces.some(({ length }) => length === 0)).toBe(true);
});

test('what costs more than the budget rests, loses nothing, and is handed on in small pieces', async () => {
  const { pieces, rests } = await readAll(20.2);
  expect(rests.length).toBeGreaterThan(2);
  expect(rests.every((rest, at) => rest === (at % 2 === 0))).toBe(true);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(8192);
});

test('paused in the middle of what was read, it goes on there', async () => {
  await readAll(0, (reader) => {
    reader.pause();
    setImmediate(() => reader.resume());
  });
});

test('in a hurry it rests no more', async () => {
  const { rests } = await readAll(20.2, (reader, before) => {
    if (before.length === 2) reader.hurry();
  });
  expect(rests.length).toBeLessThanOrEqual(3);
});

test('catching up reads what was sent while it rests, within the time that it would rest', async () => {
  const { sender, receiver } = await openPair();
  const budget = new ReadBudget(() => 0);
  let bytes = 0;
  const reader = new PacedReader(receiver, budget, {
    onBytes: ({ length }) => {
      bytes += length;
      budget.spend(1000);
    },
    onRest: () => {},
  });
  // More than is read at once: a part of it is in the socket.
  const sent = text.subarray(0, 150_000);
  await new Promise<void>((resolve) => sender.write(sent, () => resolve()));
  while (!reader.isResting) await turn();
  expect(bytes).toBeLessThan(64 * 1024);
  await reader.catchUp();
  expect(bytes).toBe(sent.length);
  expect(reader.restedMs).toBeGreaterThan(0);
  // It is charged for all of it.
  sender.write(text.subarray(0, 10));
  while (!reader.isResting) await turn();
  expect(bytes).toBe(sent.length);
  reader.hurry();
});

test('catching up ends, however much is sent', async () => {
  const { sender, receiver } = await openPair();
  const budget = new ReadBudget(() => 0);
  const pieces: number[] = [];
  const reader = new PacedReader(receiver, budget, {
    onBytes: ({ length }) => {
      pieces.push(length);
      budget.spend(1000);
      // There is always more, if only a byte.
      sender.write(pieces.length % 2 ? 'x' : text);
    },
    onRest: () => {},
  });
  sender.write(text);
  while (!reader.isResting) await turn();
  const before = pieces.length;
  await reader.catchUp();
  expect(pieces.length).toBeGreaterThan(before);
  const after = pieces.reduce((sum, length) => sum + length, 0);
  expect(after).toBeLessThan(512 * 1024);
  // What comes then waits for its turn.
  while (!reader.isResting) await turn();
  for (let n = 0; n < 5; n++) await turn();
  expect(pieces.reduce((sum, length) => sum + length, 0)).toBe(after);
  reader.pause();
});

test('catching up ends, however little is sent at a time', { timeout: 10_000 }, async () => {
  const { sender, receiver } = await openPair();
  const budget = new ReadBudget(() => 0);
  let goes = true;
  const reader = new PacedReader(receiver, budget, {
    onBytes: () => budget.spend(1000),
    onRest: () => {},
  });
  const drip = (): void => {
    if (!goes) return;
    sender.write('x');
    setImmediate(drip);
  };
  sender.setNoDelay();
  drip();
  while (!reader.isResting) await turn();
  await reader.catchUp();
  // Within its budget again.
  while (!reader.isResting) await turn();
  goes = false;
  reader.pause();
});
