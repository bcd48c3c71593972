import { readSync } from 'node:fs';
import { Session } from 'node:inspector';
import { workerData } from 'node:worker_threads';
import { frameKinds } from '@quicksand/protocol/frame-codec';
import { WatchState, interruptFrameBytes, phases, places } from './watch-state.ts';

// A thread that reads interrupts while the main thread runs code, which may never give way. It makes the main thread call the kernel's `poke`, in the
// middle of whatever runs there, until the execution has ended; and `flush`, where text of a burst would wait.

const { numbers, bytes } = new WatchState(workerData as SharedArrayBuffer);
const channel = 3;

/** How often it looks into the channel, and how often while it pokes, in milliseconds. */
const lookMs = 10;
const pokeMs = 4;

/**
 * V8 may stop a poke with the code that it was to stop: then it is not answered, and after so many looks there is another; each time after twice as many,
 * since it may be only slow.
 */
const leastPatience = 8;
const mostPatience = 64;

const frame = Buffer.alloc(interruptFrameBytes);
let session: Session | undefined;
let hadText = false;
let wasPoked = false;
let looksWithoutAnswer = 0;
let patience = leastPatience;
/** How many pokes of an execution had no room on the stack, and how many are let alone: the next may find more. */
let fullStacks = 0;
const mostFullStacks = 12;

void watch();

async function watch(): Promise<void> {
  for (let phase: number; (phase = Atomics.load(numbers, places.phase)) !== phases.leaving;) {
    if (phase === phases.idle) {
      disconnect();
      sleep();
      continue;
    }
    const isPoking = isWanted();
    Atomics.wait(numbers, places.phase, phases.running, isPoking ? pokeMs : lookMs);
    // What became of a poke is told when the event loop turns.
    if (isPoking) await new Promise(setImmediate);
    else fullStacks = 0;
    look();
  }
  disconnect();
  tell(places.isAway, 1);
}

function look(): void {
  if (Atomics.compareExchange(numbers, places.phase, phases.running, phases.reading) !== phases.running) return;
  readInterrupts();
  const isPoking = isWanted();
  const hasText = Atomics.load(numbers, places.hasText) === 1;
  tell(places.phase, phases.running);
  // Of text that waits since the last look. With a poke it would be one more that comes before code gets its turn; the end of the execution tells it, too.
  if (hasText && hadText && !isPoking) call('flush');
  hadText = hasText;
  if (isPoking && mayPoke()) call('poke');
}

/** Code of the user must get its turn between two pokes, or V8 would never find it where it can be stopped: on a busy machine one takes longer than a look. */
function mayPoke(): boolean {
  if (Atomics.load(numbers, places.isPoked) === 1) {
    if (++looksWithoutAnswer < patience) return false;
    patience = Math.min(2 * patience, mostPatience);
  } else if (wasPoked) {
    wasPoked = false;
    return false;
  }
  looksWithoutAnswer = 0;
  wasPoked = true;
  Atomics.store(numbers, places.isPoked, 1);
  return true;
}

/** Until code runs. Executions that follow each other at once wake nobody: it looks only now and then whether it may sleep. */
function sleep(): void {
  hadText = false;
  fullStacks = 0;
  patience = leastPatience;
  // Whoever changes the phase from here on sees it; what was changed before, the wait sees.
  Atomics.store(numbers, places.isAsleep, 1);
  Atomics.wait(numbers, places.phase, phases.idle);
  Atomics.store(numbers, places.isAsleep, 0);
}

/** Counts the interrupts that the channel holds. What is none, or not whole, is left to the main thread. */
function readInterrupts(): void {
  while (Atomics.load(numbers, places.leftover) === 0) {
    const length = readNow();
    if (length === interruptFrameBytes && frame.readUInt32LE(0) === 0 && frame[4] === frameKinds.interrupt) {
      Atomics.add(numbers, places.interrupts, 1);
    } else if (length > 0) {
      bytes.set(frame.subarray(0, length));
      Atomics.store(numbers, places.leftover, length);
    } else break;
  }
}

/** Whether what runs is to be stopped. */
function isWanted(): boolean {
  return Atomics.load(numbers, places.interrupts) > 0 || Atomics.load(numbers, places.isStopping) === 1;
}

/** 0 where there is nothing to read. Where the host is gone, so is the kernel, whatever its main thread does. */
function readNow(): number {
  let length: number;
  try {
    length = readSync(channel, frame);
  } catch {
    return 0;
  }
  if (length === 0) process.kill(process.pid, 'SIGKILL');
  return length;
}

/** Makes the main thread do something in the middle of whatever it does. */
function call(name: 'poke' | 'flush'): void {
  if (!session) {
    Atomics.store(numbers, places.isConnected, 1);
    // A main thread that ends does not wait for a session that it has not seen.
    if (Atomics.load(numbers, places.phase) === phases.leaving) return;
    session = new Session();
    session.connectToMainThread();
  }
  session.post('Runtime.evaluate', { expression: `__quicksand.${name}()`, silent: true }, (error, answer) => {
    // One that was stopped with the code that it was to stop has neither been done nor found that there is no room.
    if (name === 'poke' && !error) onPoked(answer.exceptionDetails !== undefined);
  });
}

/** A poke throws where the stack is all but full. Where it is so time and again, what runs is stopped without one. */
function onPoked(isFull: boolean): void {
  if (!isFull) return;
  Atomics.store(numbers, places.isPoked, 0);
  if (++fullStacks > mostFullStacks) cut();
}

/**
 * Stops what runs on the main thread, unless it is in the kernel's own code, which begins only where this has not, or the execution has ended: what is told of
 * a poke may come late.
 */
function cut(): void {
  if (!session) return;
  Atomics.store(numbers, places.isCutting, 1);
  const isWithin = Atomics.load(numbers, places.isWithin) === 1;
  if (isWithin || Atomics.load(numbers, places.phase) !== phases.running || !isWanted()) tell(places.isCutting, 0);
  else session.post('Runtime.terminateExecution', () => tell(places.isCutting, 0));
}

function disconnect(): void {
  session?.disconnect();
  session = undefined;
  tell(places.isCutting, 0);
  tell(places.isConnected, 0);
}

function tell(place: number, value: number): void {
  Atomics.store(numbers, place, value);
  Atomics.notify(numbers, place);
}
