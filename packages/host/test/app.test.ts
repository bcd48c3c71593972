import { SandboxError } from '@quicksand/protocol';
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

test('a part behind the end of a file is refused with the size that the file has', async () => {
  const use = () => Promise.reject(new SandboxError('range_not_satisfiable', { message: 'no', details: { size: 10 } }));
  const hold = (): Disposable => ({ [Symbol.dispose]: () => {} });
  const app = createApp({ sandboxes: { hold, use } } as unknown as AppParts);
  const answer = await app.request('/v1/sandboxes/a/files?path=f', { headers: { Range: 'bytes=10-' } });
  expect([answer.status, answer.headers.get('Content-Range')]).toEqual([416, 'bytes */10']);
});
