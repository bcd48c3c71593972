import { exports } from 'cloudflare:workers';
import { SandboxError } from '@quicksand/sdk';
import { expect, test } from 'vitest';

test('an execution passes through a call between Workers, with its context', async () => {
  const execution = await exports.Agent.run('5');
  expect(execution).toMatchObject({
    code: '5',
    context: { id: 'default', createdAt: expect.any(Date) },
    results: [{ text: '5' }],
    executionCount: 1,
    outcome: 'ok',
  });
  expect(['toJSON' in execution, Object.keys(execution.results[0] ?? {})]).toEqual([false, ['text']]);
});

test('an error passes through one as data: with all that it says, and of no class', async () => {
  const error: unknown = await exports.Agent.run('5', { timeOut: 1 }).catch((reason: unknown) => reason);
  const { name, code, hint, details } = error as SandboxError;
  expect([name, code, hint, details]).toEqual([
    'SandboxError',
    'invalid_request',
    expect.stringContaining('timeout'),
    { option: 'timeOut' },
  ]);
  expect([error instanceof Error, SandboxError.is(error)]).toEqual([true, false]);
});
