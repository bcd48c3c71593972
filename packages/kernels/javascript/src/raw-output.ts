import type { ChildProcess as Child } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import type { Channel } from './channel.ts';
import type { Modules } from './modules.ts';
import { UserError, forUser } from './user-realm.ts';

// Text before raw, raw before text (R2): descriptors 1 and 2 also belong to children and to whatever writes to them directly. Where nothing of that can
// have happened, nothing is asked of the host.

// Themselves, and not copies of what they hold.
const childProcess = process.getBuiltinModule('node:child_process');
const fs = process.getBuiltinModule('node:fs');
const promises = process.getBuiltinModule('node:fs/promises');
const workerThreads = process.getBuiltinModule('node:worker_threads');

const outputs: readonly unknown[] = [
  1,
  2,
  ...['/dev/stdout', '/dev/stderr', '/dev/fd/1', '/dev/fd/2', '/proc/self/fd/1', '/proc/self/fd/2'],
];

type Call = (this: unknown, ...args: unknown[]) => unknown;
type Calls = Record<string, Call>;
type WorkerArguments = ConstructorParameters<typeof workerThreads.Worker>;

/** Sees what writes to descriptors 1 and 2 past the kernel. */
export class RawOutput {
  readonly #channel: Channel;
  readonly #modules: Modules;
  /** Children that run. */
  #children = 0;
  /** Something that is not seen may write at any time: an addon, a thread. */
  #isOpen = false;

  constructor(channel: Channel, modules: Modules) {
    this.#channel = channel;
    this.#modules = modules;
    channel.mayGoOn = () => this.#children > 0 || this.#isOpen;
    this.#watchChildren();
    this.#watchFiles();
    this.#watchTheRest();
    syncBuiltinESMExports();
  }

  #expect(): void {
    this.#channel.fence();
    this.#channel.isRawPossible = true;
  }

  #watchChildren(): void {
    const expect = (): void => this.#expect();
    const prototype = childProcess.ChildProcess.prototype as unknown as { spawn: Call };
    const { spawn } = prototype;
    // One that could not be started has no number, and no end. That it says so is for the user alone: whoever listened would have handled the error.
    const onStart = (child: Child): void => {
      if (child.pid === undefined) return;
      this.#children++;
      child.once('exit', () => this.#children--);
    };
    prototype.spawn = forUser(function (this: unknown, ...args: unknown[]) {
      expect();
      const result = Reflect.apply(spawn, this, args);
      onStart(this as Child);
      return result;
    });
    this.#wrap(childProcess as unknown as Calls, ['fork'], (path) => {
      if (this.#modules.codeAt(path) === undefined) return false;
      throw new UserError(`${String(path)} is no file: write what the child is to run into one`);
    });
    this.#wrap(childProcess as unknown as Calls, ['spawnSync', 'execSync', 'execFileSync'], () => true);
  }

  #watchFiles(): void {
    const isOutput = (first: unknown): boolean => outputs.includes(first);
    this.#wrap(fs as unknown as Calls, fileCalls, isOutput);
    this.#wrap(promises as unknown as Calls, ['open', 'writeFile', 'appendFile'], isOutput);
  }

  #watchTheRest(): void {
    const open = (): true => (this.#isOpen = true);
    this.#wrap(process as unknown as Calls, ['dlopen', '_rawDebug'], open);
    const { Worker } = workerThreads;
    workerThreads.Worker = new Proxy(Worker, {
      construct: (target, args: WorkerArguments, newTarget) => {
        open();
        this.#expect();
        return Reflect.construct(target, this.#toWorker(args), newTarget) as object;
      },
    });
  }

  /** A worker that is to run the file that runs: that is code, and none. */
  #toWorker([file, options]: WorkerArguments): WorkerArguments {
    const code = options?.eval ? undefined : this.#modules.codeAt(file);
    return code === undefined ? [file, options] : [code, { ...options, eval: true }];
  }

  #wrap(calls: Calls, names: readonly string[], isRaw: (first: unknown) => boolean): void {
    for (const name of names) {
      const call = calls[name] as Call;
      const expect = (first: unknown): void => {
        if (isRaw(first)) this.#expect();
      };
      const wrapped: Call = function (...args) {
        expect(args[0]);
        return Reflect.apply(call, this, args);
      };
      calls[name] = Object.defineProperties(forUser(wrapped), Object.getOwnPropertyDescriptors(call)) as Call;
    }
  }
}

const fileCalls = [
  ...['write', 'writeSync', 'writev', 'writevSync', 'writeFile', 'writeFileSync', 'appendFile', 'appendFileSync'],
  ...['open', 'openSync'],
];
