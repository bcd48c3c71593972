import { exports } from 'cloudflare:workers';
import { expect, test } from 'vitest';

test('an execution passes through a call between Workers, with its context', async () => {
  expect(await exports.Agent.run('5')).toMatchObject({
    code: '5',
    context: { id: 'default', createdAt: expect.any(Date) },
    results: [{ text: '5' }],
    executionCount: 1,
    outcome: 'ok',
  });
});
