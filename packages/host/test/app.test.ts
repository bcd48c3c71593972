import { expect, test } from 'vitest';
import { type AppParts, createApp } from '../src/app.ts';

test.each(['executions/e/events', 'commands/c/events', 'processes/p/events', 'files/archive?path=d'])(
  'HEAD of %s is refused before anything is read',
  async (path) => {
    // Whatever it touched would be missing.
    const app = createApp({} as AppParts);
    const answer = await app.request(`/v1/sandboxes/a/${path}`, { method: 'HEAD' });
    expect([answer.status, answer.body]).toEqual([405, null]);
  },
);
