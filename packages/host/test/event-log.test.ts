import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { EventLog, type LogReader } from '../src/event-log.ts';

const text = (reader: LogReader): string =>
  reader
    .take(Infinity)
    .map((bytes) => new TextDecoder().decode(bytes))
    .join('');
const ids = (reader: LogReader): number[] => [...text(reader).matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
const event = (n: number): { type: 'stdout'; text: string } => ({ type: 'stdout', text: String(n).padStart(50, '.') });

function openLog(maxBytes: number): { log: EventLog; drained: () => number } {
  let count = 0;
  const log = new EventLog({ maxBytes, onDrain: () => count++ });
  return { log, drained: () => count };
}
/** How many are left after a collection of garbage. */
function countAlive(refs: readonly WeakRef<object>[]): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  return refs.filter((ref) => ref.deref() !== undefined).length;
}

function fill(log: EventLog, count: number): void {
  for (let n = 0; n < count; n++) log.append(event(log.lastId + 1));
}

test('ids count up from one, and a reader gets what comes after its position', () => {
  const { log } = openLog(1e6);
  fill(log, 3);
  expect(ids(log.read(0) as LogReader)).toEqual([1, 2, 3]);
  expect(ids(log.read(2) as LogReader)).toEqual([3]);
  expect(ids(log.read(3) as LogReader)).toEqual([]);
  expect(log.read(4)).toBeUndefined();
});

test('a reader wakes when there is something, and finishes after the end', async () => {
  const { log } = openLog(1e6);
  const reader = log.read(0) as LogReader;
  const changed = reader.changed();
  fill(log, 1);
  await changed;
  expect(ids(reader)).toEqual([1]);
  expect(reader.finished).toBe(false);
  const ended = reader.changed();
  log.end();
  await ended;
  expect(reader.finished).toBe(true);
});

describe('bounds (R7, R8)', () => {
  test('what nobody took fills the log, and nothing of it is dropped', () => {
    const { log, drained } = openLog(500);
    fill(log, 10);
    expect(log.full).toBe(true);
    const reader = log.read(0) as LogReader;
    expect(ids(reader)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(log.full).toBe(false);
    expect(drained()).toBe(1);
    expect(log.heldBytes).toBeLessThanOrEqual(500);
  });

  test('what was taken is kept for a resume as far as there is room, and then is a clear gap', () => {
    const { log } = openLog(500);
    const reader = log.read(0) as LogReader;
    for (let n = 0; n < 100; n++) {
      fill(log, 1);
      reader.take(Infinity);
    }
    expect(log.heldBytes).toBeLessThanOrEqual(500);
    expect(log.read(10)).toBeUndefined();
    expect(ids(log.read(98) as LogReader)).toEqual([99, 100]);
  });

  test('a slow second reader holds events back, and loses none', () => {
    const { log } = openLog(500);
    const fast = log.read(0) as LogReader;
    const slow = log.read(0) as LogReader;
    for (let n = 0; n < 20; n++) {
      fill(log, 1);
      fast.take(Infinity);
    }
    expect(log.full).toBe(true);
    expect(ids(slow)).toHaveLength(20);
    expect(log.full).toBe(false);
  });

  test('a reader that leaves no longer holds anything back', () => {
    const { log, drained } = openLog(500);
    const fast = log.read(0) as LogReader;
    const slow = log.read(0) as LogReader;
    fill(log, 20);
    fast.take(Infinity);
    expect(log.full).toBe(true);
    slow.close();
    expect(log.full).toBe(false);
    expect(drained()).toBe(1);
  });

  test('without a reader, events after the last one taken fill the log', () => {
    const { log } = openLog(500);
    const reader = log.read(0) as LogReader;
    fill(log, 3);
    reader.take(Infinity);
    reader.close();
    fill(log, 10);
    expect(log.full).toBe(true);
    expect(ids(log.read(3) as LogReader)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  });

  test('what was dropped is not held by other means', () => {
    const { log } = openLog(4 * 1024 * 1024);
    const reader = log.read(0) as LogReader;
    const taken: WeakRef<ArrayBufferLike>[] = [];
    for (let n = 0; n < 100; n++) {
      log.append({ type: 'stdout', text: 'x'.repeat(1024 * 1024) });
      taken.push(...reader.take(Infinity).map((bytes) => new WeakRef(bytes.buffer)));
    }
    return expect.poll(() => countAlive(taken) - log.held().length, { timeout: 20_000 }).toBe(0);
  });

  test('bookkeeping holds over many events', () => {
    const { log } = openLog(10_000);
    const reader = log.read(0) as LogReader;
    let seen = 0;
    for (let n = 0; n < 50_000; n++) {
      fill(log, 1);
      if (n % 7 === 0) seen += reader.take(2000).length;
    }
    while (!log.full && log.lastId > seen) seen += reader.take(2000).length;
    for (let more = reader.take(2000); more.length > 0; more = reader.take(2000)) seen += more.length;
    expect(seen).toBe(50_000);
    expect(log.heldBytes).toBeLessThanOrEqual(10_000);
  });
});

test('one chunk is at most as large as asked for, but at least one event', () => {
  const { log } = openLog(1e6);
  fill(log, 5);
  const reader = log.read(0) as LogReader;
  expect(reader.take(1)).toHaveLength(1);
  expect(reader.take(200)).toHaveLength(2);
});

describe('memory of what was dropped goes back at once', () => {
  const large = { type: 'stdout', text: 'x'.repeat(20_000) };
  const lengths = (events: readonly Uint8Array[]): number[] => events.map(({ length }) => Math.sign(length));

  /** A log that can hold two events, and a reader that has taken the first of two. */
  function openTaken(): { log: EventLog; reader: LogReader; taken: Uint8Array[] } {
    const { log } = openLog(50_000);
    const reader = log.read(0) as LogReader;
    log.append(large);
    const taken = reader.take(Infinity);
    log.append(large);
    return { log, reader, taken };
  }
  /** The oldest event makes room for another one. */
  function goOn({ log, reader, taken }: ReturnType<typeof openTaken>): void {
    log.append(large);
    taken.push(...reader.take(Infinity));
  }

  test('when its reader has given it back', () => {
    const opened = openTaken();
    const { reader, taken } = opened;
    reader.giveBack(reader.taken);
    goOn(opened);
    expect(lengths(taken)).toEqual([0, 1, 1]);
    reader.giveBack(2);
    goOn(opened);
    goOn(opened);
    expect(lengths(taken)).toEqual([0, 0, 1, 1, 1]);
    expect(opened.log.firstId).toBe(4);
  });

  test('and not while another reader has it', () => {
    const opened = openTaken();
    const { log, reader, taken } = opened;
    const other = log.read(0) as LogReader;
    other.take(Infinity);
    reader.giveBack(reader.taken);
    goOn(opened);
    expect(lengths(taken)).toEqual([1, 1, 1]);
    reader.giveBack(reader.taken);
    other.giveBack(other.taken);
    goOn(opened);
    expect(lengths(taken)).toEqual([1, 0, 1, 1]);
  });

  test('and not when its reader has gone with it', () => {
    const opened = openTaken();
    opened.reader.close();
    const reader = opened.log.read(1) as LogReader;
    for (let n = 0; n < 3; n++) {
      goOn({ ...opened, reader });
      reader.giveBack(reader.taken);
    }
    expect(lengths(opened.taken)).toEqual([1, 1, 1, 1, 1]);
    expect(opened.log.firstId).toBe(4);
  });
});
