import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { removedBy } from '../src/cause.ts';
import type { SandboxPool } from '../src/sandbox-pool.ts';
import type { SandboxSource } from '../src/sandbox-source.ts';
import { Sandboxes } from '../src/sandboxes.ts';
import type { Workspaces } from '../src/workspaces.ts';

const source = {
  limits: { maxSandboxes: 10, sleepAfterMs: 1000 },
  cgroups: { openSandbox: () => Promise.reject(new Error('no group')) },
  log: () => {},
} as unknown as SandboxSource;
const hold = (): Disposable => ({ [Symbol.dispose]: () => {} });

test.each([true, false])(
  'one that cannot start leaves a workspace only where that was there before: %j',
  async (isNew) => {
    const done: string[] = [];
    const close = async (): Promise<void> => void done.push('closed');
    const workspaces = {
      has: async () => !isNew,
      open: async () => ({ uid: 1, isNew, opened: Promise.resolve({ folder: '/no/such', close }) }),
      remove: async () => void done.push('removed'),
    } as unknown as Workspaces;
    const pool = { take: () => undefined, hold } as unknown as SandboxPool;
    const sandboxes = new Sandboxes({ source, workspaces, pool });
    await expect(sandboxes.open('x')).rejects.toThrow('no group');
    expect(done).toEqual(isNew ? ['closed', 'removed'] : ['closed']);
    await sandboxes.close(removedBy('the test has ended'));
  },
);

test('one whose files another host makes at the same time starts with these', async () => {
  const done: string[] = [];
  const close = async (): Promise<void> => void done.push('closed');
  const workspaces = {
    has: async () => done.length > 0,
    open: async () => {
      const isNew = done.push('opened') === 1;
      const opened = isNew ? Promise.reject(new Error('it is there')) : Promise.resolve({ folder: '/no/such', close });
      return { uid: 1, isNew, opened };
    },
  } as unknown as Workspaces;
  const pool = { take: () => undefined, hold } as unknown as SandboxPool;
  const sandboxes = new Sandboxes({ source, workspaces, pool });
  await expect(sandboxes.open('x')).rejects.toThrow('no group');
  expect(done).toEqual(['opened', 'opened', 'closed']);
  await sandboxes.close(removedBy('the test has ended'));
});

test('one that does not end keeps the host from waiting for no other', async () => {
  const slow = Promise.withResolvers<void>();
  const ends = [() => Promise.reject(new Error('it hangs')), () => slow.promise];
  const workspaces = { has: async () => false } as unknown as Workspaces;
  const take = () => ({ workspace: { claim: async () => {} }, enclosure: { close: ends.shift() }, warm: new Map() });
  const sandboxes = new Sandboxes({ source, workspaces, pool: { take, hold } as unknown as SandboxPool });
  for (const id of ['x', 'y']) await sandboxes.open(id);
  let hasEnded = false;
  const closing = sandboxes.close(removedBy('the test has ended')).finally(() => (hasEnded = true));
  closing.catch(() => {});
  for (let turn = 0; turn < 10; turn++) await setImmediate();
  expect(hasEnded).toBe(false);
  slow.resolve();
  await expect(closing).rejects.toThrow('it hangs');
});
