import { type ExecutionEvent, parseSSEStream } from '@quicksand/protocol';
import { describe, expect, test } from 'vitest';
import { interruptedBy } from '../src/cause.ts';
import { toEventStream } from '../src/event-stream.ts';
import { Execution } from '../src/execution.ts';
import { LongText } from '../src/long-text.ts';

const end = { executionCount: 1, state: 'kept', usage: { wallMs: 1, cpuMs: 1, peakMemoryBytes: 1 } } as const;

const info = {
  id: 'c1',
  language: 'python',
  cwd: '/workspace',
  createdAt: '',
  lastUsed: '',
  status: 'idle',
  executionCount: 0,
  queued: 0,
  restarts: 0,
} as const;

function open(request: Partial<Execution['request']> = {}, limits = { outputBytes: 1e6, logBytes: 1e6 }): Execution {
  return new Execution({ id: 'e1', request: { code: 'x', ...request }, timeoutMs: 1000, limits, context: { info } });
}
async function collect(stream: ReadableStream<Uint8Array>): Promise<ExecutionEvent[]> {
  const events: ExecutionEvent[] = [];
  for await (const event of parseSSEStream<ExecutionEvent>(stream)) events.push(event);
  return events;
}
const failure = { ename: 'E', evalue: 'v', traceback: ['in line 3', 'E: v'], lineNumber: 3 };

describe('one end (R3)', () => {
  test('ok', async () => {
    const execution = open();
    execution.addText('stdout', 'a');
    execution.complete(end);
    execution.complete({ ...end, state: 'lost' });
    const events = await collect(toEventStream(execution.openFeed(0)));
    expect(events.map(({ type }) => type)).toEqual(['stdout', 'execution_complete']);
    expect(events.at(-1)).toMatchObject({ execution_count: 1, outcome: 'ok', state: 'kept' });
  });

  test('an error of the code is its own', async () => {
    const execution = open();
    execution.addError(failure);
    execution.complete(end);
    const events = await collect(toEventStream(execution.openFeed(0)));
    expect(events[0]).toMatchObject({ type: 'error', ...failure });
    expect(events[1]).toMatchObject({ outcome: 'error' });
  });

  test('the first cause wins, and the error of stopped code becomes part of it', async () => {
    const execution = open();
    let stops = 0;
    execution.onStop = () => stops++;
    execution.stop({ outcome: 'timeout', ename: 'Quicksand.Timeout', evalue: 'too long' });
    execution.stop(interruptedBy('a cancel'));
    execution.addError({ ...failure, ename: 'KeyboardInterrupt' });
    execution.complete({ ...end, state: 'lost' });
    expect(stops).toBe(1);
    const events = await collect(toEventStream(execution.openFeed(0)));
    expect(events.map(({ type }) => type)).toEqual(['error', 'execution_complete']);
    expect(events[0]).toMatchObject({ ename: 'Quicksand.Timeout', lineNumber: 3 });
    expect(events[0]?.evalue).toMatch(/^too long; .*lost$/);
    expect(events[0]?.traceback).toEqual(['in line 3', expect.stringMatching(/^Quicksand.Timeout: too long/)]);
    expect(events[1]).toMatchObject({ outcome: 'timeout', state: 'lost' });
  });

  test('no code can take the name of an error of the host', async () => {
    const execution = open();
    execution.addError({ ...failure, ename: 'Quicksand.Timeout' });
    execution.complete(end);
    expect((await collect(toEventStream(execution.openFeed(0))))[0]?.ename).toBe('user:Quicksand.Timeout');
  });

  test('nothing is added after the end', () => {
    const execution = open();
    execution.complete(end);
    execution.addText('stdout', 'late');
    expect(execution.log.lastId).toBe(1);
  });
});

describe('gone clients (R9)', () => {
  test('a client that leaves interrupts', async () => {
    const execution = open();
    await toEventStream(execution.openFeed(0)).cancel();
    expect(execution.cause?.ename).toBe('Quicksand.Interrupted');
  });

  test('with a grace, a client that comes back in time interrupts nothing, and one that does not does', async () => {
    const execution = open({ onDisconnect: { graceMs: 60_000 } });
    await toEventStream(execution.openFeed(0)).cancel();
    const second = toEventStream(execution.openFeed(0));
    expect(execution.cause).toBeUndefined();
    const stopped = new Promise<void>((resolve) => (execution.onStop = resolve));
    execution.request.onDisconnect = { graceMs: 1 };
    await second.cancel();
    await stopped;
    expect(execution.cause?.ename).toBe('Quicksand.Interrupted');
  });

  test('one of two clients that leaves changes nothing', async () => {
    const execution = open();
    const first = toEventStream(execution.openFeed(0));
    toEventStream(execution.openFeed(0));
    await first.cancel();
    expect(execution.cause).toBeUndefined();
  });
});

test('output over the limit is named and dropped', async () => {
  const execution = open({}, { outputBytes: 10, logBytes: 1000 });
  execution.addText('stdout', '1234567\n');
  execution.addText('stdout', '1234567\n');
  execution.complete(end);
  const events = await collect(toEventStream(execution.openFeed(0)));
  expect(events.map(({ type, ename }) => ename ?? type)).toEqual([
    'stdout',
    'Quicksand.OutputLimit',
    'execution_complete',
  ]);
});

test('a long text is one event, and counts as its string does', async () => {
  const string = '"é😀\n'.repeat(5000);
  const events = async (outputBytes: number): Promise<ExecutionEvent[]> => {
    const execution = open({}, { outputBytes, logBytes: 1e6 });
    execution.addText('stdout', LongText.from(Buffer.from(string)));
    execution.complete(end);
    return collect(toEventStream(execution.openFeed(0)));
  };
  expect((await events(string.length))[0]).toMatchObject({ type: 'stdout', text: string });
  expect((await events(string.length - 1))[0]).toMatchObject({ ename: 'Quicksand.OutputLimit' });
});

describe('charts', () => {
  const payload = { png: 'p', chart: { type: 'line' as const, data: {} } };
  const results = async (execution: Execution): Promise<ExecutionEvent[]> =>
    (await collect(toEventStream(execution.openFeed(0)))).filter(({ type }) => type === 'result');

  test('come with the result, unless the request wants none', async () => {
    for (const [charts, expected] of [
      [true, payload],
      [undefined, payload],
      [false, { png: 'p' }],
    ] as const) {
      const execution = open(charts === undefined ? {} : { charts });
      execution.addResult({ payload, bytes: 9, clear: false, chartFailed: false });
      execution.complete(end);
      const [{ type: _, timestamp: __, ...result } = { type: 'error' }] = await results(execution);
      expect(result).toEqual(expected);
    }
  });

  test('what was a chart and nothing else is no event without it', async () => {
    const execution = open();
    execution.addResult({ payload: {}, bytes: 9, clear: false, chartFailed: true });
    execution.complete(end);
    expect(await results(execution)).toEqual([]);
  });
});

describe('the pieces of a line (R1, R2)', () => {
  const texts = async (execution: Execution): Promise<(string | undefined)[][]> =>
    (await collect(toEventStream(execution.openFeed(0)))).slice(0, -1).map(({ type, text }) => [type, text]);

  test('become one event', async () => {
    const execution = open();
    for (const piece of ['a', ' ', 'b', '\n', 'c\n', 'd']) execution.addText('stdout', piece);
    execution.complete(end);
    expect(await texts(execution)).toEqual([
      ['stdout', 'a b\n'],
      ['stdout', 'c\n'],
      ['stdout', 'd'],
    ]);
  });

  test('keep their order with the other stream and with results', async () => {
    const execution = open();
    execution.addText('stdout', 'a');
    execution.addText('stderr', 'b');
    execution.addText('stdout', 'c');
    execution.addResult({ payload: { text: 'r' }, bytes: 16, clear: false, chartFailed: false });
    execution.addText('stdout', 'd');
    execution.addError(failure);
    execution.complete(end);
    const seen = (await texts(execution)).map(([type, text]) => text ?? type);
    expect(seen).toEqual(['a', 'b', 'c', 'r', 'd', 'error']);
  });

  test('do not wait for a line end that never comes', async () => {
    const execution = open();
    const reader = toEventStream(execution.openFeed(0)).getReader();
    await reader.read();
    execution.addText('stdout', 'no line end');
    expect(new TextDecoder().decode((await reader.read()).value)).toContain('no line end');
    execution.complete(end);
  });
});

test('a full log is told, and told again when there is room', async () => {
  const execution = open({}, { outputBytes: 1e6, logBytes: 300 });
  const told: boolean[] = [];
  execution.onFull = (full) => told.push(full);
  for (let n = 0; n < 5; n++) execution.addText('stdout', `${'x'.repeat(50)}\n`);
  expect(told.at(-1)).toBe(true);
  execution.complete(end);
  await collect(toEventStream(execution.openFeed(0)));
  expect(told.at(-1)).toBe(false);
});

test('errors are output, too: many of them fill the log, and meet the limit', async () => {
  const execution = open({}, { outputBytes: 1000, logBytes: 300 });
  const told: boolean[] = [];
  let stops = 0;
  execution.onFull = (full) => told.push(full);
  execution.onStop = () => stops++;
  const large = { ...failure, evalue: 'x'.repeat(390) };
  execution.addError(large);
  expect(told).toEqual([true]);
  execution.addError(large);
  expect(stops).toBe(0);
  execution.addError(large);
  expect(stops).toBe(1);
  execution.complete(end);
  const events = await collect(toEventStream(execution.openFeed(0)));
  expect(events.map((event) => event.type === 'error' && event.ename)).toEqual([
    'E',
    'E',
    'Quicksand.OutputLimit',
    false,
  ]);
});

test('a position that was never reached is refused', () => {
  expect(() => open().openFeed(1)).toThrow('does not exist yet');
});
