import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ContextEffect,
  type ContextInput,
  type ContextStanding,
  type Turn,
  advanceContext,
  createContextStanding,
  toContextStatus,
} from '../src/context-machine.ts';
import { contextTransitions } from './context-transitions.ts';

const base = createContextStanding(3);
const turn: Turn = { id: 'a', number: 2, step: 'running', unacknowledged: 0, isDone: false, isRefused: false };
const busy = (change: Partial<Turn> = {}): ContextStanding => ({
  ...base,
  executionCount: 2,
  kernel: { is: 'busy', turn: { ...turn, ...change } },
});
const with2 = (standing: ContextStanding): ContextStanding => ({ ...standing, queue: ['b', 'c'] });
const closing = (standing: ContextStanding): ContextStanding => ({ ...standing, isClosing: true });

/** Every way for a context to stand, with and without executions that wait. */
const standings: Readonly<Record<string, ContextStanding>> = {
  none: base,
  starting: { ...base, kernel: { is: 'starting' } },
  'starting, two wait': with2({ ...base, kernel: { is: 'starting' } }),
  'starting, closing': closing({ ...base, kernel: { is: 'starting' } }),
  'starting, two wait, closing': closing(with2({ ...base, kernel: { is: 'starting' } })),
  'idle, has run nothing': { ...base, kernel: { is: 'idle' } },
  idle: { ...base, executionCount: 2, kernel: { is: 'idle' } },
  running: busy(),
  'running, two wait': with2(busy()),
  'running, three wait': { ...busy(), queue: ['b', 'c', 'd'] },
  'running, refused': busy({ isRefused: true }),
  stopping: busy({ step: 'stopping', unacknowledged: 1 }),
  'stopping, acknowledged': busy({ step: 'stopping' }),
  'stopping, done': busy({ step: 'stopping', unacknowledged: 1, isDone: true }),
  'stopping, refused': busy({ step: 'stopping', isRefused: true }),
  settling: busy({ step: 'settling', unacknowledged: 1, isDone: true }),
  'settling, two wait': with2(busy({ step: 'settling', unacknowledged: 1, isDone: true })),
  killed: busy({ step: 'killed', unacknowledged: 1 }),
  'killed, two wait': with2(busy({ step: 'killed', unacknowledged: 1 })),
  'killed, closing': closing(busy({ step: 'killed' })),
  'killed, two wait, closing': closing(with2(busy({ step: 'killed' }))),
  ending: { ...base, executionCount: 2, kernel: { is: 'ending' }, reason: 'why' },
  'ending, two wait': with2({ ...base, kernel: { is: 'ending' }, reason: 'why' }),
  'ending, two wait, closing': closing(with2({ ...base, kernel: { is: 'ending' } })),
  'ending, closing': closing({ ...base, kernel: { is: 'ending' } }),
  closed: closing({ ...base, kernel: { is: 'closed' } }),
};

const inputs: Readonly<Record<string, ContextInput>> = {
  start: { type: 'start' },
  'enqueue x': { type: 'enqueue', id: 'x' },
  'interrupt a': { type: 'stop', id: 'a', kill: false },
  'kill a': { type: 'stop', id: 'a', kill: true },
  'stop b': { type: 'stop', id: 'b', kill: false },
  restart: { type: 'restart' },
  close: { type: 'close' },
  'kernel-started': { type: 'kernel-started' },
  'kernel-failed': { type: 'kernel-failed' },
  'kernel-ended': { type: 'kernel-ended', at: 'now', reason: 'itself' },
  'done 2': { type: 'done', number: 2 },
  'done 1': { type: 'done', number: 1 },
  'acknowledged 2': { type: 'acknowledged', number: 2 },
  'acknowledged 1': { type: 'acknowledged', number: 1 },
  'refused 2': { type: 'refused', number: 2 },
  'half-grace-passed 2': { type: 'half-grace-passed', number: 2 },
  'grace-passed 2': { type: 'grace-passed', number: 2 },
  'grace-passed 1': { type: 'grace-passed', number: 1 },
};

function showStanding({ kernel, queue, isClosing, restarts, lastRestart, reason }: ContextStanding): string {
  const at = kernel.is === 'busy' ? showTurn(kernel.turn) : kernel.is;
  const parts = [
    at,
    queue.length > 0 && `[${queue.join(' ')}]`,
    isClosing && 'closing',
    restarts > 0 && `restarts ${restarts} (${lastRestart?.reason})`,
    reason !== undefined && `since ${reason}`,
  ];
  return parts.filter(Boolean).join(' ');
}

function showTurn({ id, number, step, unacknowledged, isDone, isRefused }: Turn): string {
  const marks = `${'!'.repeat(unacknowledged)}${isDone ? ' done' : ''}${isRefused ? ' refused' : ''}`;
  return `${step}${marks} ${id}${number}`;
}

function showEffect(effect: ContextEffect): string {
  return Object.values(effect).join(' ');
}

function show(standing: ContextStanding, input: ContextInput): string {
  const step = advanceContext(standing, input);
  const after = showStanding(step.standing);
  const where = after === showStanding(standing) ? '=' : after;
  return [where, ...step.effects.map(showEffect)].join(' | ');
}

test('the table has every standing and every input', () => {
  expect(Object.keys(contextTransitions)).toEqual(Object.keys(standings));
  for (const { changes, unchanged } of Object.values(contextTransitions))
    expect([...Object.keys(changes), ...unchanged.split(', ')].toSorted()).toEqual(Object.keys(inputs).toSorted());
});

test.for(Object.entries(standings))('%s', ([name, standing]) => {
  const shown = Object.entries(inputs).map(([key, input]) => [key, show(standing, input)] as const);
  const { changes, unchanged } = contextTransitions[name] ?? {};
  expect(Object.fromEntries(shown.filter(([, text]) => text !== '='))).toEqual(changes);
  const same = shown.filter(([, text]) => text === '=').map(([key]) => key);
  expect(same.join(', ')).toBe(unchanged);
});

test('what is told about a context', () => {
  const told = Object.fromEntries(Object.entries(standings).map(([name, it]) => [name, toContextStatus(it)]));
  const restarting = ['starting', 'starting, two wait', 'ending', 'ending, two wait'];
  const idle = ['idle, has run nothing', 'idle'];
  const status = (name: string): string =>
    name === 'none' || name === 'closed' || name.endsWith('closing')
      ? 'dead'
      : restarting.includes(name)
        ? 'restarting'
        : idle.includes(name)
          ? 'idle'
          : 'busy';
  expect(told).toEqual(Object.fromEntries(Object.keys(standings).map((name) => [name, status(name)])));
});

/** Anything, in any order, also what a kernel that works would not do. */
const input: fc.Arbitrary<ContextInput> = fc.oneof(
  fc.record({ type: fc.constant('enqueue' as const), id: fc.uuid() }),
  fc.record({ type: fc.constant('stop' as const), id: fc.constant('chosen later'), kill: fc.boolean() }),
  fc.constantFrom<ContextInput>({ type: 'restart' }, { type: 'close' }, { type: 'start' }),
  fc.record({
    type: fc.constantFrom('done', 'acknowledged', 'refused', 'half-grace-passed', 'grace-passed'),
    number: fc.integer({ min: 1, max: 4 }),
  }),
  fc.constantFrom<ContextInput>(
    { type: 'kernel-started' },
    { type: 'kernel-failed' },
    { type: 'kernel-ended', at: 'now', reason: 'itself' },
  ),
);

test('property: whatever happens, each execution ends once, one has the kernel at a time, and the queue keeps its bound', () => {
  fc.assert(
    fc.property(fc.array(input, { maxLength: 80 }), fc.infiniteStream(fc.nat()), (given, choices) => {
      let standing = base;
      const accepted = new Set<string>();
      const ended: string[] = [];
      const executed: string[] = [];
      const feed = (one: ContextInput): void => {
        const step = advanceContext(standing, one);
        if (one.type === 'enqueue' && !step.effects.some(({ type }) => type === 'refuse')) accepted.add(one.id);
        standing = step.standing;
        for (const effect of step.effects) {
          if (effect.type === 'execute') executed.push(effect.id);
          if (effect.type === 'finish' || effect.type === 'drop' || effect.type === 'fail') ended.push(effect.id);
        }
        expect(standing.queue.length).toBeLessThanOrEqual(3);
      };
      for (const one of given) {
        const ids = [...accepted];
        const id = ids[(choices.next().value as number) % Math.max(1, ids.length)];
        feed(one.type === 'stop' ? { ...one, id: id ?? 'none' } : one);
      }
      // To the end: what waits is stopped, as the shell does it, and the kernel does what it is told.
      feed({ type: 'close' });
      for (const id of standing.queue) feed({ type: 'stop', id, kill: true });
      if (standing.kernel.is === 'starting') feed({ type: 'kernel-started' });
      if (standing.kernel.is !== 'closed') feed({ type: 'kernel-ended', at: 'now', reason: 'killed' });
      expect(standing.kernel.is).toBe('closed');
      expect(ended.toSorted()).toEqual([...accepted].toSorted());
      expect(new Set(executed).size).toBe(executed.length);
    }),
    { numRuns: 2000 },
  );
});
