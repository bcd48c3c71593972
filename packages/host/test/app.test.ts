import { SandboxError } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import { type AppParts, createApp } from '../src/app.ts';
import type { Command } from '../src/command.ts';
import { Commands } from '../src/commands.ts';
import { defaultHostLimits } from '../src/host-limits.ts';
import { RunStore } from '../src/run-store.ts';
import type { Sandboxes } from '../src/sandboxes.ts';

const hold = (): Disposable => ({ [Symbol.dispose]: () => {} });

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
  const app = createApp({ sandboxes: { hold, use } } as unknown as AppParts);
  const answer = await app.request('/v1/sandboxes/a/files?path=f', { headers: { Range: 'bytes=10-' } });
  expect([answer.status, answer.headers.get('Content-Range')]).toEqual([416, 'bytes */10']);
});

test('a process that is asked for while its sandbox is being deleted is found afterwards, and one that ended with it is not', async () => {
  const gone = Promise.withResolvers<void>();
  const commands: Command[] = [];
  const run = async (command: Command): Promise<void> => void commands.push(command);
  const use = (_: string, work: (sandbox: object) => Promise<void>): Promise<void> => work({ run });
  const sandboxes = { hold, use, destroy: () => gone.promise };
  const parts = {
    sandboxes,
    executions: { store: new RunStore(defaultHostLimits) },
    commands: new Commands(sandboxes as unknown as Sandboxes, defaultHostLimits),
  };
  const app = createApp(parts as unknown as AppParts);
  const start = async (processId: string): Promise<number> => {
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ command: 'true', processId });
    return (await app.request('/v1/sandboxes/a/processes', { method: 'POST', headers, body })).status;
  };
  expect(await start('old')).toBe(201);
  const deleting = app.request('/v1/sandboxes/a', { method: 'DELETE' });
  commands[0]?.onExit({ code: 0, signal: null, ranOutOfMemory: false, wasRefusedProcess: false });
  expect(await start('new')).toBe(201);
  gone.resolve();
  expect((await deleting).status).toBe(204);
  const found = ['old', 'new'].map(async (id) => (await app.request(`/v1/sandboxes/a/processes/${id}`)).status);
  expect(await Promise.all(found)).toEqual([404, 200]);
  parts.commands.close();
});
