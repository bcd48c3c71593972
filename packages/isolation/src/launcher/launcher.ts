import { randomUUID } from 'node:crypto';
import { ScriptProcess } from './script-process.ts';

/** What a program has said, by descriptor; at most 64 KiB each. */
export type Said = Readonly<Record<'1' | '2', string>> & { readonly '3'?: string };

/** Which program is wanted. */
export interface LaunchRequest {
  /** The program, found on the `PATH` of `env` where its name has no slash, and its arguments. */
  readonly argv: readonly [string, ...string[]];
  /** The whole environment. Default: an empty one. */
  readonly env?: Readonly<Record<string, string>>;
  /** The ids that it gets. Default: the host's own. */
  readonly ids?: { readonly uid: number; readonly gid: number };
  /** The files of groups that it enters first: see `ControlGroup.entryFiles`. */
  readonly cgroups?: readonly string[];
  /** Of all mounts it sees those that hold one of `paths` or lie below one, but none below `without`. Default: it sees all. */
  readonly view?: { readonly paths: readonly string[]; readonly without: string };
  /** Whether it, and what it starts, is the last that Linux ends when memory runs out; where the host lacks CAP_SYS_RESOURCE nothing changes. */
  readonly spared?: boolean;
  /** What it can read from descriptor 4, at most 64 KiB. */
  readonly input?: Uint8Array;
  /** Whether descriptor 3 is read, too. */
  readonly info?: boolean;
  /** What it says on descriptor 1 or 2 once it is complete; what it says after that is not read. */
  readonly ready?: string;
}

/** What a sandbox gets that bubblewrap does not give it. */
export interface Completion {
  /** Folders of the host and where they appear, one after the other: without devices and set-uid programs, and without what is mounted below them. */
  readonly mounts: readonly { readonly source: string; readonly at: string; readonly readOnly: boolean }[];
  readonly remounts: readonly Remount[];
}

/** A file system that gets limits which bubblewrap has no argument for: its path inside, its type, the flags that it has, the options that it gets. */
export type Remount = readonly [path: string, type: string, flags: readonly string[], options: string];

/** How a program ended; neither a code nor a signal when the launcher ended first. */
export interface LaunchedEnd {
  readonly code: number | null;
  readonly signal: number | null;
  readonly said: Said;
}

/** A program that was started. */
export interface Launched {
  readonly pid: number;
  /** Settles with what it has said on descriptor 3, when it has closed that; never where it does not. */
  readonly info: Promise<string>;
  /** Settles when it is ready; never where it is not. */
  readonly ready: Promise<Said>;
  readonly ended: Promise<LaunchedEnd>;
  /** Completes the sandbox of a bubblewrap, whose info names its child, once that is ready. Throws what Linux says, and when it ends before. */
  complete(completion: Completion): Promise<void>;
  /** Sends a signal; does nothing once it has ended. */
  signal(name: NodeJS.Signals): void;
}

type Answer =
  | { event: 'started'; key: string; pid: number }
  | { event: 'completed'; key: string }
  | { event: 'info'; key: string; info: string }
  | { event: 'ready'; key: string; said: Said }
  | ({ event: 'ended'; key: string } & LaunchedEnd)
  | { event: 'failed'; key: string; message: string };

interface Pending {
  readonly key: string;
  /** With a pid where a program was started. */
  readonly started: PromiseWithResolvers<number>;
  readonly info: PromiseWithResolvers<string>;
  readonly ready: PromiseWithResolvers<Said>;
  readonly ended: PromiseWithResolvers<LaunchedEnd>;
}

const nothing: Said = { '1': '', '2': '' };

/**
 * A small process that starts programs for the host. Node copies the tables of all its memory for each program, which takes milliseconds in which the
 * host serves nobody.
 */
export class Launcher implements AsyncDisposable {
  /** Settles when the process has ended; so has what it started with `--die-with-parent`. */
  readonly ended: Promise<void>;
  readonly #process: ScriptProcess<Answer>;
  readonly #pending = new Map<string, Pending>();

  /** Starts it on that Python, 3.9 or later. */
  constructor(python: string) {
    this.#process = new ScriptProcess<Answer>({
      python,
      name: 'launcher',
      onAnswer: (answer) => this.#answer(answer),
      onEnd: (failure) => this.#fail(failure),
    });
    this.ended = this.#process.ended;
  }

  /** True once it has ended: then it starts nothing more. */
  get hasEnded(): boolean {
    return this.#process.failure !== undefined;
  }

  /** Starts a program. Rejects when nothing was started; one that cannot be run ends with 127 and says why on descriptor 2. */
  async start({ env = {}, ids, input, ...rest }: LaunchRequest): Promise<Launched> {
    const given = input && { input: Buffer.from(input).toString('base64') };
    const { key, started, info, ready, ended } = this.#ask({ op: 'start', env, ...rest, ...ids, ...given });
    return {
      pid: await started.promise,
      info: info.promise,
      ready: ready.promise,
      ended: ended.promise,
      complete: async (completion) =>
        void (await this.#ask({ op: 'complete', program: key, ...completion }).started.promise),
      signal: (name) => this.#process.send({ op: 'signal', key, signal: name }),
    };
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    this.#process.kill();
  }

  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }

  #ask(request: object): Pending {
    const pending: Pending = {
      key: randomUUID(),
      started: Promise.withResolvers(),
      info: Promise.withResolvers(),
      ready: Promise.withResolvers(),
      ended: Promise.withResolvers(),
    };
    if (this.#process.failure) pending.started.reject(this.#process.failure);
    else {
      this.#pending.set(pending.key, pending);
      this.#process.send({ key: pending.key, ...request });
    }
    return pending;
  }

  #answer(answer: Answer): void {
    const pending = this.#pending.get(answer.key);
    if (!pending) return;
    if (answer.event === 'started') return pending.started.resolve(answer.pid);
    if (answer.event === 'info') return pending.info.resolve(answer.info);
    if (answer.event === 'ready') return pending.ready.resolve(answer.said);
    this.#pending.delete(answer.key);
    if (answer.event === 'completed') return pending.started.resolve(0);
    if (answer.event === 'failed') return pending.started.reject(new Error(answer.message));
    const { code, signal, said } = answer;
    pending.ended.resolve({ code, signal, said });
  }

  #fail(failure: Error): void {
    for (const { started, ended } of this.#pending.values()) {
      started.reject(failure);
      ended.resolve({ code: null, signal: null, said: nothing });
    }
    this.#pending.clear();
  }
}
