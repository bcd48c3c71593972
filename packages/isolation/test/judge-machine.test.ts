import { expect, test } from 'vitest';
import { type CheckStrength, type WeakPart, judgeMachine } from '../src/index.ts';

const check = (ok: boolean, strength: CheckStrength, allowWeak?: WeakPart) => ({
  part: `${strength} ${allowWeak ?? ''}`,
  ok,
  strength,
  found: 'x',
  ...(allowWeak && { allowWeak }),
});

const whole = [check(true, 'required'), check(true, 'limits', 'cgroups'), check(true, 'extra')];
const noCgroups = check(false, 'limits', 'cgroups');
const noQuota = check(false, 'limits', 'quota');

test('a host starts where nothing is missing but extras', () => {
  const verdict = { starts: true, obstacles: [], weak: [], wouldStartWith: [] };
  expect(judgeMachine(whole)).toEqual(verdict);
  expect(judgeMachine([...whole, check(false, 'extra')])).toEqual(verdict);
  expect(judgeMachine(whole, ['cgroups', 'quota'])).toEqual(verdict);
});

test('without a limit it starts only where that part was allowed (I3)', () => {
  const checks = [...whole, noCgroups, noCgroups, noQuota];
  const wouldStartWith = ['cgroups', 'quota'];
  expect(judgeMachine(checks)).toMatchObject({ starts: false, weak: [], wouldStartWith });
  expect(judgeMachine(checks, ['quota'])).toEqual({
    starts: false,
    obstacles: [noCgroups, noCgroups],
    weak: ['quota'],
    wouldStartWith,
  });
  expect(judgeMachine(checks, ['quota', 'cgroups'])).toMatchObject({ starts: true, obstacles: [] });
});

test('nothing can be allowed in place of what is required', () => {
  const checks = [...whole, check(false, 'required'), noQuota];
  expect(judgeMachine(checks, ['cgroups', 'uids', 'quota'])).toEqual({
    starts: false,
    obstacles: [check(false, 'required')],
    weak: ['quota'],
    wouldStartWith: undefined,
  });
});
