import { Worker } from 'node:worker_threads';
import { type WatchState, phases, places } from './watch-state.ts';

/** How long a watcher stays when nothing runs, in milliseconds: it holds some 10 MB, and its start costs the processor some 40 ms, beside the first code. */
const stayMs = 5000;

/** The thread of the watcher: there while code runs and for some time afterwards. */
export class WatchThread {
  readonly #state: WatchState;
  readonly #file: string;
  /** Begins the time after which it goes anew. */
  readonly #stay: () => void;
  #worker: Worker | undefined;

  constructor(state: WatchState, file: string) {
    this.#state = state;
    this.#file = file;
    Atomics.store(state.numbers, places.isAway, 1);
    Atomics.store(state.numbers, places.phase, phases.leaving);
    const timer = setTimeout(() => this.#goIfIdle(), stayMs);
    this.#stay = timer.refresh.bind(timer);
  }

  /** From here the watcher reads the channel. Throws where no thread can be started. */
  watch(): void {
    const { numbers, buffer } = this.#state;
    // It may still be on its way out.
    if (Atomics.load(numbers, places.phase) === phases.leaving) this.#waitWhile(places.isAway, 0);
    if (Atomics.load(numbers, places.isAway) === 1) {
      const worker = new Worker(this.#file, {
        workerData: buffer,
        execArgv: [],
        env: {},
        // It writes nothing: what Node would connect with the streams of this thread need not be.
        stdout: true,
        stderr: true,
      });
      worker.unref();
      Atomics.store(numbers, places.isAway, 0);
      this.#worker = worker;
      // It could not begin, for example in a folder that is gone: no error of the user's, and nobody may wait for it to leave.
      worker.once('error', () => {
        if (this.#worker === worker) Atomics.store(numbers, places.isAway, 1);
      });
    }
    Atomics.store(numbers, places.phase, phases.running);
    if (Atomics.load(numbers, places.isAsleep) === 1) Atomics.notify(numbers, places.phase);
  }

  /** From here the watcher reads nothing; after some time it goes. */
  rest(): void {
    this.#change(phases.idle);
    this.#stay();
  }

  /** The process ends. Where the watcher still had a session with it, Node would wait for that, and say so in the output of the user. */
  end(): void {
    this.#leave();
    this.#waitWhile(places.isConnected, 1);
  }

  #goIfIdle(): void {
    if (Atomics.load(this.#state.numbers, places.phase) === phases.idle) this.#leave();
  }

  #leave(): void {
    this.#change(phases.leaving);
    Atomics.notify(this.#state.numbers, places.phase);
  }

  #change(phase: number): void {
    const { numbers } = this.#state;
    for (;;) {
      const before = Atomics.load(numbers, places.phase);
      if (before === phases.reading) Atomics.wait(numbers, places.phase, phases.reading, 1);
      else if (Atomics.compareExchange(numbers, places.phase, before, phase) === before) break;
    }
  }

  #waitWhile(place: number, value: number): void {
    while (Atomics.load(this.#state.numbers, place) === value) Atomics.wait(this.#state.numbers, place, value, 1);
  }
}
