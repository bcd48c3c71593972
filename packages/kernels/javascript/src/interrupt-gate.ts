import type { Session } from 'node:inspector';
import { getCallSites } from 'node:util';
import { Script } from 'node:vm';
import { MessageChannel } from 'node:worker_threads';
import { needWideStack } from './stack-room.ts';
import { UserError } from './user-realm.ts';
import { type WatchState, places } from './watch-state.ts';
import type { WatchThread } from './watch-thread.ts';

/** Told by the gate, always on the main thread. */
export interface InterruptSink {
  /** An interrupt for the running execution was read: it is to be answered. */
  onInterrupt(): void;
  /** Code of the user is being stopped; `findStack` says where it is, and may take as long as the user wants. */
  onStopping(findStack: () => string): void;
  /** Nothing runs any more: the execution can be ended. */
  onStopped(): void;
  /** Whether the code that runs is what another execution has left. */
  isOfAnother(): boolean;
}

/** What an {@link InterruptGate} is made of. */
export interface GateParts {
  readonly state: WatchState;
  readonly thread: WatchThread;
  /** That of the kernel's own scripts. */
  readonly kernelFolder: string;
}

/** Whose code runs: of the user, of Node and the kernel alone, or none. */
type Place = 'user' | 'own' | 'none';

/**
 * Stops code of the user. Nothing may be stopped while the kernel's own code runs: that is {@link within}, and all the time but while code is evaluated
 * or a callback of the user runs.
 */
export class InterruptGate {
  readonly #state: WatchState;
  readonly #thread: WatchThread;
  readonly #session: Session;
  readonly #sink: InterruptSink;
  /** A message to ourselves arrives when nothing runs any more. */
  readonly #bell = new MessageChannel();
  #depth = 0;
  #isRunning = false;
  #isDue = false;
  /** V8 has been told to stop what runs, and may not have done it yet: it does so where a function or a turn of a loop begins, and not always there. */
  #isTerminating = false;
  readonly #kernelFolder: string;
  /** How often the code of another execution was let alone, and that of Node and the kernel. */
  #spared = 0;
  #sparedOwn = 0;

  constructor(session: Session, sink: InterruptSink, { state, thread, kernelFolder }: GateParts) {
    this.#session = session;
    this.#state = state;
    this.#thread = thread;
    this.#kernelFolder = kernelFolder;
    this.#sink = sink;
    this.#bell.port2.on('message', () => this.#onIdle());
  }

  /** An execution begins: from here the watcher reads the channel. Interrupts of it may have come already. Throws where there can be no watcher. */
  begin(interrupts: number): void {
    const { numbers } = this.#state;
    Atomics.store(numbers, places.isStopping, 0);
    Atomics.store(numbers, places.isPoked, 0);
    Atomics.store(numbers, places.isWithin, 0);
    Atomics.add(numbers, places.interrupts, interrupts);
    this.#isRunning = true;
    // A time limit of `vm` may have ended the kernel's own work with the code that called it.
    this.#depth = 0;
    this.#isDue = false;
    this.#spared = 0;
    this.#sparedOwn = 0;
    this.#thread.watch();
  }

  /** The execution has ended: from here the main thread reads the channel. What the watcher has read of it, and was not meant for it. */
  end(): Uint8Array {
    const { numbers, bytes } = this.#state;
    this.#thread.rest();
    this.#isRunning = false;
    this.#isDue = false;
    this.#answer();
    Atomics.store(numbers, places.isStopping, 0);
    return bytes.slice(0, Atomics.exchange(numbers, places.leftover, 0));
  }

  /** The process ends: nothing is stopped any more. */
  close(): void {
    this.#isRunning = false;
    this.within(() => this.#thread.end());
  }

  /** Does something while no watcher looks into the process. */
  withoutWatcher<T>(work: () => T): T {
    return this.within(() => {
      this.#thread.end();
      try {
        return work();
      } finally {
        if (this.#isRunning) this.#thread.watch();
      }
    });
  }

  /** Does something of the kernel's own, whoever called it. Code of the user that was to be stopped in the meantime is stopped afterwards. */
  within<T>(work: () => T): T {
    this.#enter();
    try {
      return work();
    } finally {
      // Nothing is called before it: the stack may be full all the same.
      if (--this.#depth === 0) {
        Atomics.store(this.#state.numbers, places.isWithin, 0);
        if (this.#isDue) {
          this.#isDue = false;
          this.#terminate(this.#findPlace(0));
        }
      }
    }
  }

  #enter(): void {
    this.#stopHere();
    while (!this.#claim()) while (Atomics.load(this.#state.numbers, places.isCutting) === 1) beginFunction();
  }

  /** Code that is being stopped may come this far, and must not be stopped on its way through the kernel's. Another poke may come meanwhile. */
  #stopHere(): void {
    while (this.#isTerminating) {
      this.#isTerminating = false;
      beginFunction();
    }
  }

  /**
   * Whether the kernel's own code begins: not while the watcher is about to stop what runs. Behind its start V8 does not look whether it is to do something
   * else, and where the stack is full the first call throws, before anything has changed.
   */
  #claim(): boolean {
    const { numbers } = this.#state;
    if (this.#depth === 0) {
      Atomics.store(numbers, places.isWithin, 1);
      if (Atomics.load(numbers, places.isCutting) === 1) {
        Atomics.store(numbers, places.isWithin, 0);
        return false;
      }
    }
    this.#depth++;
    return true;
  }

  /** Called by the watcher: does something of the kernel's own, unless that would be in the middle of something else of its own. */
  squeezeIn(work: () => void): void {
    if (this.#depth === 0) this.within(work);
  }

  /** Called by the watcher, in the middle of whatever runs on the main thread. Throws where there is too little left of the stack: then nothing is half done. */
  poke(): void {
    const { numbers } = this.#state;
    const isWanted = this.#isRunning && this.#isWanted;
    if (!isWanted || this.#depth > 0) {
      this.#isDue ||= isWanted;
      Atomics.store(numbers, places.isPoked, 0);
      return;
    }
    needWideStack();
    this.#stopHere();
    if (!this.#claim()) {
      // What the watcher is about to do comes behind this.
      Atomics.store(numbers, places.isPoked, 0);
      return;
    }
    Atomics.store(numbers, places.isStopping, 1);
    this.#bell.port1.postMessage(0);
    this.#answer();
    const place = this.#findPlace(ownSites);
    if (place === 'user' && !this.#sink.isOfAnother()) this.#sink.onStopping(stackNow);
    Atomics.store(numbers, places.isPoked, 0);
    this.#depth--;
    Atomics.store(numbers, places.isWithin, 0);
    this.#terminate(place);
  }

  #onIdle(): void {
    if (!this.#isRunning || Atomics.load(this.#state.numbers, places.isStopping) === 0) return;
    this.within(() => this.#sink.onStopped());
  }

  /** The watcher may be late: it asks for the execution that it has seen, and another one may run by now. */
  get #isWanted(): boolean {
    const { numbers } = this.#state;
    return Atomics.load(numbers, places.interrupts) > 0 || Atomics.load(numbers, places.isStopping) === 1;
  }

  #answer(): void {
    for (let left = Atomics.exchange(this.#state.numbers, places.interrupts, 0); left > 0; left--)
      this.#sink.onInterrupt();
  }

  /** Where code is about to go on behind an `await` it has no place yet. */
  #findPlace(above: number): Place {
    const sites = sitesNow(mostSites);
    if (sites.length <= above) return 'none';
    let isOfUser = sites.length === mostSites;
    for (let at = above; at < sites.length; at++) {
      const { scriptName } = sites[at] as { readonly scriptName: string };
      if (partsOfNode.includes(scriptName)) return 'own';
      isOfUser ||= !scriptName.startsWith('node:') && !scriptName.startsWith(this.#kernelFolder);
    }
    return isOfUser ? 'user' : 'own';
  }

  /**
   * Where the code of the user has been stopped, Node's own goes on: lists of timers and immediates, which it would not find back into. A timer of another
   * execution may run just now, too: stopped, it would never run again. Both are stopped only where they do not give way.
   */
  #terminate(place: Place): void {
    if (place === 'own' && ++this.#sparedOwn <= mostSparedOwn) return;
    if (this.#sink.isOfAnother() && ++this.#spared <= mostSpared) return;
    this.#isTerminating = true;
    this.#session.post('Runtime.terminateExecution', (error) => {
      if (error) this.#terminateAnew();
    });
  }

  /**
   * Node swallows a stop that comes where it hears of a rejected promise. V8 goes on to wait for the end of what runs, and refuses another one, until it
   * has stopped something: an expression, after a time limit.
   */
  #terminateAnew(): void {
    this.#depth++;
    this.#session.post('Runtime.evaluate', { expression: 'for (;;);', timeout: 1 });
    this.#depth--;
    this.#session.post('Runtime.terminateExecution');
  }
}

/** Where V8 is to stop what runs, this does not return. */
const nothing = new Script('');
const beginFunction = nothing.runInThisContext.bind(nothing);

/** There is a poke each 8 milliseconds. */
const mostSpared = 12;
const mostSparedOwn = 125;

// The frames below two functions here, and the expression and the function that call them, are of somebody else. Unlike the stack of an error, this does not depend on what user code makes of `Error`.
const sitesNow = getCallSites;
const ownSites = 4;
const mostSites = 200;

/**
 * What loads modules of Node, also those that it loads where something is used first: stopped, they would stay half loaded. And its parser of TypeScript,
 * which keeps a memory of its own, and would refuse all later code.
 */
const partsOfNode = ['node:internal/bootstrap/realm', 'node:internal/deps/amaro/dist/index'];

/** Without the frame of the expression; the kernel's own are left out in every stack. */
function stackNow(): string {
  try {
    const { stack } = new UserError('here');
    return typeof stack === 'string' ? stack.replace(/\n.*<anonymous>:1:\d+.*/, '') : '';
  } catch {
    return ''; // the user has a say in how it is made
  }
}
