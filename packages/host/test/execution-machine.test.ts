import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cause, interruptedBy } from '../src/cause.ts';
import {
  type ExecutionEffect,
  type ExecutionInput,
  type ExecutionStanding,
  advanceExecution,
  queuedExecution,
} from '../src/execution-machine.ts';
import type { Transitions } from './context-transitions.ts';

const timeout: Cause = { outcome: 'timeout', ename: 'Quicksand.Timeout', evalue: 'too long' };
const tooMuch: Cause = { outcome: 'interrupted', ename: 'Quicksand.OutputLimit', evalue: 'too much' };
const limits = { outputBytes: 100, logBytes: 50 };
const failure = { ename: 'E', evalue: 'v', traceback: ['in line 3', 'E: v'], lineNumber: 3 };
const running: ExecutionStanding = { ...queuedExecution, phase: 'running' } as ExecutionStanding;
const stopping: ExecutionStanding = {
  phase: 'stopping',
  outputBytes: 0,
  cause: timeout,
  failure: undefined,
  isCut: false,
};

const standings: Readonly<Record<string, ExecutionStanding>> = {
  queued: queuedExecution,
  'queued, in grace': { ...queuedExecution, isInGrace: true } as ExecutionStanding,
  running,
  'running, in grace': { ...running, isInGrace: true } as ExecutionStanding,
  'running, failed': { ...running, hasFailed: true } as ExecutionStanding,
  'running, failed, in grace': { ...running, hasFailed: true, isInGrace: true } as ExecutionStanding,
  stopping,
  'stopping, answered': { ...stopping, failure } as ExecutionStanding,
  'stopping, cut': { ...stopping, isCut: true } as ExecutionStanding,
  'stopping for its output': { ...stopping, outputBytes: 101, cause: tooMuch } as ExecutionStanding,
  'ended by itself': { phase: 'ended', outcome: 'ok', cause: undefined },
  'ended by a cause': { phase: 'ended', outcome: 'timeout', cause: timeout },
};

const inputs: Readonly<Record<string, ExecutionInput>> = {
  begin: { type: 'begin' },
  stop: { type: 'stop', cause: interruptedBy('a cancel') },
  output: { type: 'output', bytes: 40, heldBytes: 0, limits },
  'output over the limit': { type: 'output', bytes: 101, heldBytes: 0, limits },
  'output into a full log': { type: 'output', bytes: 1, heldBytes: 100, limits },
  error: { type: 'error', payload: { ...failure, ename: 'F' }, namedBy: 'code', bytes: 0, limits },
  'error with a name of the host': {
    type: 'error',
    payload: { ...failure, ename: 'Quicksand.X' },
    namedBy: 'code',
    bytes: 0,
    limits,
  },
  'error of the host': {
    type: 'error',
    payload: { ...failure, ename: 'Quicksand.X' },
    namedBy: 'host',
    bytes: 0,
    limits,
  },
  'error over the limit': { type: 'error', payload: { ...failure, ename: 'F' }, namedBy: 'code', bytes: 101, limits },
  'client-came': { type: 'client-came' },
  'clients-gone': { type: 'clients-gone', onDisconnect: 'interrupt' },
  'clients-gone for a grace': { type: 'clients-gone', onDisconnect: { graceMs: 7 } },
  'grace-passed': { type: 'grace-passed' },
  'end kept': { type: 'end', state: 'kept' },
  'end lost': { type: 'end', state: 'lost' },
  'end lost for a reason': { type: 'end', state: 'lost', reason: 'why' },
};

/** As in context-transitions.ts. */
const transitions: Readonly<Record<string, Transitions>> = {
  queued: {
    changes: {
      begin: 'running',
      stop: 'stopping Interrupted | ask-to-stop',
      output: 'queued 40 | write-output',
      'output over the limit': 'stopping 101 OutputLimit | ask-to-stop',
      'output into a full log': 'queued 1 | write-output',
      error: 'queued failed | write-error F line 3: v',
      'error with a name of the host': 'queued failed | write-error user:Quicksand.X line 3: v',
      'error of the host': 'queued failed | write-error Quicksand.X line 3: v',
      'error over the limit': 'stopping 101 OutputLimit | ask-to-stop',
      'clients-gone': 'stopping Interrupted | ask-to-stop',
      'clients-gone for a grace': 'queued in grace | start-grace 7',
      'end kept': 'ended ok | write-end ok',
      'end lost': 'ended ok | write-end ok',
      'end lost for a reason': 'ended ok | write-end ok',
    },
    unchanged: 'client-came, grace-passed',
  },
  'queued, in grace': {
    changes: {
      begin: 'running in grace',
      stop: 'stopping Interrupted | end-grace | ask-to-stop',
      output: 'queued 40 in grace | write-output',
      'output over the limit': 'stopping 101 OutputLimit | end-grace | ask-to-stop',
      'output into a full log': 'queued 1 in grace | write-output',
      error: 'queued failed in grace | write-error F line 3: v',
      'error with a name of the host': 'queued failed in grace | write-error user:Quicksand.X line 3: v',
      'error of the host': 'queued failed in grace | write-error Quicksand.X line 3: v',
      'error over the limit': 'stopping 101 OutputLimit | end-grace | ask-to-stop',
      'client-came': 'queued | end-grace',
      'clients-gone': 'stopping Interrupted | end-grace | ask-to-stop',
      'clients-gone for a grace': '= | end-grace | start-grace 7',
      'grace-passed': 'stopping Interrupted | ask-to-stop',
      'end kept': 'ended ok | end-grace | write-end ok',
      'end lost': 'ended ok | end-grace | write-end ok',
      'end lost for a reason': 'ended ok | end-grace | write-end ok',
    },
    unchanged: '',
  },
  running: {
    changes: {
      stop: 'stopping Interrupted | ask-to-stop',
      output: 'running 40 | write-output',
      'output over the limit': 'stopping 101 OutputLimit | ask-to-stop',
      'output into a full log': 'running 1 | write-output',
      error: 'running failed | write-error F line 3: v',
      'error with a name of the host': 'running failed | write-error user:Quicksand.X line 3: v',
      'error of the host': 'running failed | write-error Quicksand.X line 3: v',
      'error over the limit': 'stopping 101 OutputLimit | ask-to-stop',
      'clients-gone': 'stopping Interrupted | ask-to-stop',
      'clients-gone for a grace': 'running in grace | start-grace 7',
      'end kept': 'ended ok | write-end ok',
      'end lost': 'ended ok | write-end ok',
      'end lost for a reason': 'ended ok | write-end ok',
    },
    unchanged: 'begin, client-came, grace-passed',
  },
  'running, in grace': {
    changes: {
      stop: 'stopping Interrupted | end-grace | ask-to-stop',
      output: 'running 40 in grace | write-output',
      'output over the limit': 'stopping 101 OutputLimit | end-grace | ask-to-stop',
      'output into a full log': 'running 1 in grace | write-output',
      error: 'running failed in grace | write-error F line 3: v',
      'error with a name of the host': 'running failed in grace | write-error user:Quicksand.X line 3: v',
      'error of the host': 'running failed in grace | write-error Quicksand.X line 3: v',
      'error over the limit': 'stopping 101 OutputLimit | end-grace | ask-to-stop',
      'client-came': 'running | end-grace',
      'clients-gone': 'stopping Interrupted | end-grace | ask-to-stop',
      'clients-gone for a grace': '= | end-grace | start-grace 7',
      'grace-passed': 'stopping Interrupted | ask-to-stop',
      'end kept': 'ended ok | end-grace | write-end ok',
      'end lost': 'ended ok | end-grace | write-end ok',
      'end lost for a reason': 'ended ok | end-grace | write-end ok',
    },
    unchanged: 'begin',
  },
  'running, failed': {
    changes: {
      stop: 'stopping Interrupted | ask-to-stop',
      output: 'running 40 failed | write-output',
      'output over the limit': 'stopping 101 OutputLimit | ask-to-stop',
      'output into a full log': 'running 1 failed | write-output',
      error: '= | write-error F line 3: v',
      'error with a name of the host': '= | write-error user:Quicksand.X line 3: v',
      'error of the host': '= | write-error Quicksand.X line 3: v',
      'error over the limit': 'stopping 101 OutputLimit | ask-to-stop',
      'clients-gone': 'stopping Interrupted | ask-to-stop',
      'clients-gone for a grace': 'running failed in grace | start-grace 7',
      'end kept': 'ended error | write-end error',
      'end lost': 'ended error | write-end error',
      'end lost for a reason': 'ended error | write-end error',
    },
    unchanged: 'begin, client-came, grace-passed',
  },
  'running, failed, in grace': {
    changes: {
      stop: 'stopping Interrupted | end-grace | ask-to-stop',
      output: 'running 40 failed in grace | write-output',
      'output over the limit': 'stopping 101 OutputLimit | end-grace | ask-to-stop',
      'output into a full log': 'running 1 failed in grace | write-output',
      error: '= | write-error F line 3: v',
      'error with a name of the host': '= | write-error user:Quicksand.X line 3: v',
      'error of the host': '= | write-error Quicksand.X line 3: v',
      'error over the limit': 'stopping 101 OutputLimit | end-grace | ask-to-stop',
      'client-came': 'running failed | end-grace',
      'clients-gone': 'stopping Interrupted | end-grace | ask-to-stop',
      'clients-gone for a grace': '= | end-grace | start-grace 7',
      'grace-passed': 'stopping Interrupted | ask-to-stop',
      'end kept': 'ended error | end-grace | write-end error',
      'end lost': 'ended error | end-grace | write-end error',
      'end lost for a reason': 'ended error | end-grace | write-end error',
    },
    unchanged: 'begin',
  },
  stopping: {
    changes: {
      output: 'stopping 40 Timeout | write-output',
      'output over the limit': 'stopping 101 Timeout cut',
      'output into a full log': 'stopping 1 Timeout cut',
      error: 'stopping Timeout answered F',
      'error with a name of the host': 'stopping Timeout answered Quicksand.X',
      'error of the host': 'stopping Timeout answered Quicksand.X',
      'error over the limit': 'stopping Timeout answered F',
      'end kept':
        'ended timeout | write-error Quicksand.Timeout line undefined: too long; the variables of its context are kept | write-end timeout',
      'end lost':
        'ended timeout | write-error Quicksand.Timeout line undefined: too long; the variables of its context are lost | write-end timeout',
      'end lost for a reason':
        'ended timeout | write-error Quicksand.Timeout line undefined: too long; why; the variables of its context are lost | write-end timeout',
    },
    unchanged: 'begin, stop, client-came, clients-gone, clients-gone for a grace, grace-passed',
  },
  'stopping, answered': {
    changes: {
      output: 'stopping 40 Timeout answered E | write-output',
      'output over the limit': 'stopping 101 Timeout answered E cut',
      'output into a full log': 'stopping 1 Timeout answered E cut',
      'end kept':
        'ended timeout | write-error Quicksand.Timeout line 3: too long; the variables of its context are kept | write-end timeout',
      'end lost':
        'ended timeout | write-error Quicksand.Timeout line 3: too long; the variables of its context are lost | write-end timeout',
      'end lost for a reason':
        'ended timeout | write-error Quicksand.Timeout line 3: too long; why; the variables of its context are lost | write-end timeout',
    },
    unchanged:
      'begin, stop, error, error with a name of the host, error of the host, error over the limit, client-came, clients-gone, clients-gone for a grace, grace-passed',
  },
  'stopping, cut': {
    changes: {
      output: 'stopping 40 Timeout cut | write-output',
      'output over the limit': 'stopping 101 Timeout cut',
      'output into a full log': 'stopping 1 Timeout cut',
      error: 'stopping Timeout answered F cut',
      'error with a name of the host': 'stopping Timeout answered Quicksand.X cut',
      'error of the host': 'stopping Timeout answered Quicksand.X cut',
      'error over the limit': 'stopping Timeout answered F cut',
      'end kept':
        'ended timeout | write-error Quicksand.Timeout line undefined: too long; the variables of its context are kept; output after the stop was cut | write-end timeout',
      'end lost':
        'ended timeout | write-error Quicksand.Timeout line undefined: too long; the variables of its context are lost; output after the stop was cut | write-end timeout',
      'end lost for a reason':
        'ended timeout | write-error Quicksand.Timeout line undefined: too long; why; the variables of its context are lost; output after the stop was cut | write-end timeout',
    },
    unchanged: 'begin, stop, client-came, clients-gone, clients-gone for a grace, grace-passed',
  },
  'stopping for its output': {
    changes: {
      output: 'stopping 141 OutputLimit',
      'output over the limit': 'stopping 202 OutputLimit',
      'output into a full log': 'stopping 102 OutputLimit',
      error: 'stopping 101 OutputLimit answered F',
      'error with a name of the host': 'stopping 101 OutputLimit answered Quicksand.X',
      'error of the host': 'stopping 101 OutputLimit answered Quicksand.X',
      'error over the limit': 'stopping 101 OutputLimit answered F',
      'end kept':
        'ended interrupted | write-error Quicksand.OutputLimit line undefined: too much; the variables of its context are kept | write-end interrupted',
      'end lost':
        'ended interrupted | write-error Quicksand.OutputLimit line undefined: too much; the variables of its context are lost | write-end interrupted',
      'end lost for a reason':
        'ended interrupted | write-error Quicksand.OutputLimit line undefined: too much; why; the variables of its context are lost | write-end interrupted',
    },
    unchanged: 'begin, stop, client-came, clients-gone, clients-gone for a grace, grace-passed',
  },
  'ended by itself': {
    changes: {},
    unchanged:
      'begin, stop, output, output over the limit, output into a full log, error, error with a name of the host, error of the host, error over the limit, client-came, clients-gone, clients-gone for a grace, grace-passed, end kept, end lost, end lost for a reason',
  },
  'ended by a cause': {
    changes: {},
    unchanged:
      'begin, stop, output, output over the limit, output into a full log, error, error with a name of the host, error of the host, error over the limit, client-came, clients-gone, clients-gone for a grace, grace-passed, end kept, end lost, end lost for a reason',
  },
};

function showStanding(standing: ExecutionStanding): string {
  if (standing.phase === 'ended') return `ended ${standing.outcome}`;
  const { phase, outputBytes } = standing;
  const marks =
    phase === 'stopping'
      ? [
          standing.cause.ename.slice(10),
          standing.failure && `answered ${standing.failure.ename}`,
          standing.isCut && 'cut',
        ]
      : [standing.hasFailed && 'failed', standing.isInGrace && 'in grace'];
  return [phase, outputBytes > 0 && outputBytes, ...marks].filter(Boolean).join(' ');
}

function showEffect(effect: ExecutionEffect): string {
  if (effect.type !== 'write-error') return Object.values(effect).join(' ');
  return `${effect.type} ${effect.payload.ename} line ${effect.payload.lineNumber}: ${effect.payload.evalue}`;
}

function show(standing: ExecutionStanding, input: ExecutionInput): string {
  const step = advanceExecution(standing, input);
  const after = showStanding(step.standing);
  return [after === showStanding(standing) ? '=' : after, ...step.effects.map(showEffect)].join(' | ');
}

test('the table has every standing and every input', () => {
  expect(Object.keys(transitions)).toEqual(Object.keys(standings));
  for (const { changes, unchanged } of Object.values(transitions)) {
    const listed = [...Object.keys(changes), ...unchanged.split(', ').filter(Boolean)];
    expect(listed.toSorted()).toEqual(Object.keys(inputs).toSorted());
  }
});

test.for(Object.entries(standings))('%s', ([name, standing]) => {
  const shown = Object.entries(inputs).map(([key, input]) => [key, show(standing, input)] as const);
  const { changes, unchanged } = transitions[name] ?? {};
  expect(Object.fromEntries(shown.filter(([, text]) => text !== '='))).toEqual(changes);
  const same = shown.filter(([, text]) => text === '=').map(([key]) => key);
  expect(same.join(', ')).toBe(unchanged);
});

test('property: one end, last; the first cause wins; what is asked to stop is asked once', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...Object.values(inputs)), { maxLength: 60 }), (given) => {
      let standing = queuedExecution;
      let cause: Cause | undefined;
      const written: ExecutionEffect[] = [];
      for (const input of [...given, inputs['end kept'] as ExecutionInput]) {
        const step = advanceExecution(standing, input);
        standing = step.standing;
        written.push(...step.effects);
        if (standing.phase === 'stopping') cause ??= standing.cause;
      }
      expect(standing).toMatchObject({ phase: 'ended', cause });
      const ends = written.filter(({ type }) => type === 'write-end');
      expect(ends).toEqual([{ type: 'write-end', outcome: expect.any(String) }]);
      expect(written.at(-1)).toBe(ends[0]);
      expect(written.filter(({ type }) => type === 'ask-to-stop')).toHaveLength(cause ? 1 : 0);
      const last = written.findLast((effect) => effect.type === 'write-error');
      if (cause) expect(last?.payload.ename).toBe(cause.ename);
    }),
  );
});
