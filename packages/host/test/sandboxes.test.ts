import { expect, test } from 'vitest';
import { removedBy } from '../src/cause.ts';
import type { SandboxPool } from '../src/sandbox-pool.ts';
import type { SandboxSource } from '../src/sandbox-source.ts';
import { Sandboxes, type SandboxesParts } from '../src/sandboxes.ts';
import type { Workspaces } from '../src/workspaces.ts';

// Of a host on which no sandbox can start.

const source = {
  limits: { maxSandboxes: 10, sleepAfterMs: 1000 },
  cgroups: { openSandbox: () => Promise.reject(new Error('no group')) },
  log: () => {},
} as unknown as SandboxSource;
const pool = { take: () => undefined, hold: () => ({ [Symbol.dispose]: () => {} }) } as unknown as SandboxPool;

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
    const sandboxes = new Sandboxes({ source, workspaces, pool } satisfies SandboxesParts);
    await expect(sandboxes.open('x')).rejects.toThrow('no group');
    expect(done).toEqual(isNew ? ['closed', 'removed'] : ['closed']);
    await sandboxes.close(removedBy('the test has ended'));
  },
);
