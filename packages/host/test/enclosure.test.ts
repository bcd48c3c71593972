import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Enclosure } from '../src/enclosure.ts';
import type { SandboxSource } from '../src/sandbox-source.ts';

// One that cannot be opened.

const logged: unknown[] = [];
const source = {
  cgroups: {
    openSandbox: async () => {
      await setImmediate();
      throw new Error('no group');
    },
  },
  log: (_level: string, message: string, details: object) => void logged.push([message, details]),
} as unknown as SandboxSource;

test('its workspace is closed before that is told, and says in the log what it has to say', async () => {
  const close = async (): Promise<void> => {
    await setImmediate();
    throw new Error('busy');
  };
  const workspace = { uid: 1, isNew: true, opened: Promise.resolve({ folder: '/no/such', close }) };
  await expect(Enclosure.open(source, workspace)).rejects.toThrow('no group');
  expect(logged).toEqual([['a workspace was not closed', { error: 'Error: busy' }]]);
});

test('its workspace may fail meanwhile', async () => {
  const unheard: unknown[] = [];
  const hear = (cause: unknown): void => void unheard.push(cause);
  process.on('unhandledRejection', hear);
  const workspace = { uid: 1, isNew: true, opened: Promise.reject(new Error('no room')) };
  await expect(Enclosure.open(source, workspace)).rejects.toThrow('no group');
  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});
