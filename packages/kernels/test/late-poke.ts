import { fileURLToPath } from 'node:url';
import { WatchState, phases, places } from '../javascript/src/watch-state.ts';
import { WatchThread } from '../javascript/src/watch-thread.ts';

// A program whose execution ends by itself in the moment in which the stack has no room for a poke once too often.

const mostFullStacks = 12;
const state = new WatchState();
const { numbers } = state;
const thread = new WatchThread(state, fileURLToPath(new URL('../javascript/dist/watcher.cjs', import.meta.url)));
let pokes = 0;
const poke = (): void => {
  if (++pokes > mostFullStacks) thread.rest();
  throw new RangeError('the stack is full');
};
Object.assign(globalThis, { __quicksand: { poke } });
Atomics.store(numbers, places.interrupts, 1);
// There is no channel: it reads nothing behind what is left.
Atomics.store(numbers, places.leftover, 1);
thread.watch();
while (Atomics.load(numbers, places.phase) !== phases.idle);
while (Atomics.load(numbers, places.isAsleep) === 0);
console.log(`goes on after ${pokes} pokes`);
thread.end();
process.exit();
