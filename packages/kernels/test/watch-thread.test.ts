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
