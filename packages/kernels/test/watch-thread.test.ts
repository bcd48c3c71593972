import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { WatchState, places } from '../javascript/src/watch-state.ts';
import { WatchThread } from '../javascript/src/watch-thread.ts';

test('a watcher that could not begin is waited for by nobody, and the next one is tried', async () => {
  const state = new WatchState();
  const thread = new WatchThread(state, '/nowhere/watcher.cjs');
  for (let n = 0; n < 2; n++) {
    thread.watch();
    await expect.poll(() => Atomics.load(state.numbers, places.isAway)).toBe(1);
    thread.end();
  }
});

test('what is told of a poke when its execution has ended stops nothing', async () => {
  const program = fileURLToPath(new URL('late-poke.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  expect(stdout).toBe('goes on after 13 pokes\n');
});
