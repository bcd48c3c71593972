import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EventLog } from '../src/event-log.ts';
import { RunStore } from '../src/run-store.ts';

// R7: the bounds of what is held.

interface TestRun {
  readonly log: EventLog;
  readonly ended: Promise<void>;
  endedAt: number;
  readonly isKept?: boolean;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const event = { type: 'stdout', text: 'x'.repeat(1000) };

function createRun(events: number, isKept = false): { run: TestRun; end: () => Promise<void> } {
  const log = new EventLog({ maxBytes: 1e6, onDrain: () => {} });
  const ended = Promise.withResolvers<void>();
  for (let n = 0; n < events; n++) log.append(event);
  const run: TestRun = { log, ended: ended.promise, endedAt: 0, isKept };
  const end = async (): Promise<void> => {
    run.endedAt = Date.now();
    log.end();
    ended.resolve();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { run, end };
}

test('an id is taken at once, and free again when what it names cannot be made', async () => {
  const store = new RunStore<TestRun>({ allLogBytes: 1e6, logKeepMs: 1000 });
  const { run } = createRun(0);
  const made = store.add('s', 'a', async () => run);
  expect(await store.find('s', 'a')).toBe(run);
  expect(await made).toBe(run);
  expect(store.find('t', 'a')).toBeUndefined();
  await expect(store.add('s', 'b', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(store.find('s', 'b')).toBeUndefined();
});

test('an ended one is forgotten after logKeepMs, one that runs and one that is kept are not', async () => {
  const store = new RunStore<TestRun>({ allLogBytes: 1e6, logKeepMs: 60_000 });
  const [running, ended, kept] = [createRun(1), createRun(1), createRun(1, true)];
  for (const [id, { run }] of Object.entries({ running, ended, kept })) await store.add('s', id, async () => run);
  await kept.end();
  await ended.end();
  await vi.advanceTimersByTimeAsync(59_000);
  expect(store.find('s', 'ended')).toBeDefined();
  await vi.advanceTimersByTimeAsync(2000);
  expect(store.find('s', 'ended')).toBeUndefined();
  expect(await store.find('s', 'running')).toBe(running.run);
  expect(await store.find('s', 'kept')).toBe(kept.run);
});

describe('over allLogBytes', () => {
  test('the events of those that ended first go first, and the runs stay known', async () => {
    const store = new RunStore<TestRun>({ allLogBytes: 3500, logKeepMs: 60_000 });
    const runs = Array.from({ length: 4 }, () => createRun(1));
    for (const [n, { run }] of runs.entries()) await store.add('s', String(n), async () => run);
    for (const { end } of runs) await end();
    expect(runs.map(({ run }) => run.log.heldBytes > 0)).toEqual([false, true, true, true]);
    // A repeated POST attaches to it, and asking for its events is a clear answer.
    expect(await store.find('s', '0')).toBe(runs[0]?.run);
    expect(runs[0]?.run.log.read(0)).toBeUndefined();
    expect(runs[0]?.run.log.lastId).toBe(1);
  });

  test('one that is being read, or that runs, keeps its events', async () => {
    const store = new RunStore<TestRun>({ allLogBytes: 1000, logKeepMs: 60_000 });
    const [read, running, other] = [createRun(1), createRun(5), createRun(1)];
    for (const [id, { run }] of Object.entries({ read, running, other })) await store.add('s', id, async () => run);
    const reader = read.run.log.read(0);
    await read.end();
    await other.end();
    expect(reader?.take(1e6)).toHaveLength(1);
    expect(running.run.log.heldBytes).toBeGreaterThan(5000);
    expect(other.run.log.heldBytes).toBe(0);
  });
});
