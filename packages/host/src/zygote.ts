import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { type Holder, readLines, readProcessState } from '@quicksand/isolation';
import { SandboxError } from '@quicksand/protocol';
import type { Log } from './log.ts';
import { type Orphan, watchOrphan } from './orphan.ts';
import { PipeEnds, type PipeName } from './pipe-ends.ts';

/** What starts a program in a sandbox: see "The zygote's control lines" in docs/kernel-channel.md. */
export interface SpawnRequest {
  readonly key: string;
  /** What the fork becomes where there is no program; default `kernel`. */
  readonly kind?: 'kernel' | 'files';
  /** Where it enters. Until that is complete it waits; it is started meanwhile. */
  readonly holder: Pick<Holder, 'pid' | 'isComplete' | 'complete'>;
  readonly uid: number;
  readonly gid: number;
  /** Where a kernel connects; null for a program that is no kernel. */
  readonly channel: string | null;
  /** Which of its descriptors 0, 1 and 2 are pipes that the host has the other ends of. */
  readonly pipes: readonly PipeName[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cgroups: readonly string[];
  /** The program and its arguments. Without one the fork itself becomes what `kind` says. */
  readonly program?: readonly [string, ...string[]];
}

/** How a process ended: one of `code` and `signal` is a number; neither where nobody knows, since the zygote had died before. */
export interface ExitCause {
  readonly code: number | null;
  readonly signal: number | null;
  /** What went wrong before the program ran. */
  readonly message?: string | undefined;
  /** What of that the caller can mend. */
  readonly problem?: 'cwd_unusable' | 'program_not_found' | 'program_unusable' | undefined;
}

/** A process that the zygote started. */
export interface SpawnedProcess {
  readonly pid: number;
  /** The host's ends of the pipes that were asked for; whoever asked disposes of them. */
  readonly pipes: PipeEnds;
  /** Its pid as its own sandbox sees it. */
  readonly insidePid: number;
  /** Settles when a {@link SpawnRequest.program} runs; never where it does not. */
  readonly running: Promise<void>;
  readonly exited: Promise<ExitCause>;
}

/** How {@link Zygote} is started. */
export interface ZygoteOptions {
  /** The Python program, and the folder of the package `quicksand_kernel`. */
  readonly python: string;
  readonly kernelFolder: string;
  /** Where it may keep files while it starts; the host removes them with the folder. */
  readonly scratch: string;
  /** Modules that are imported before the first fork. Without it the zygote is bare: it starts nothing but programs and file agents, cheaply. */
  readonly preload?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: Log;
}

/** What a zygote says of itself. */
export interface ZygoteReady {
  /** What it gives every program (I1). */
  readonly seccompFilter: Buffer;
  /** The version of its Python. */
  readonly python: string;
  /** The folders of the environment's packages, in the order in which Python looks into them. */
  readonly packageFolders: readonly string[];
}

interface Waiting {
  resolve(process: SpawnedProcess): void;
  reject(error: SandboxError): void;
}

interface Started {
  readonly pid: number;
  readonly startTicks: number | undefined;
  readonly running: PromiseWithResolvers<void>;
  readonly exited: PromiseWithResolvers<ExitCause>;
}

type Answer =
  | {
      event: 'ready';
      pid: number;
      python: string;
      packages: Record<string, string>;
      packageFolders: string[];
      seccompFilter: string;
    }
  | { event: 'spawned'; key: string; pid: number; inside: number; pipes: Partial<Record<PipeName, number>> }
  | { event: 'running'; key: string }
  | { event: 'failed'; key: string; message: string }
  | ({ event: 'exited'; key: string; pid: number } & ExitCause);

/** How long the end of a zygote is waited for that holds nothing any more, in milliseconds. */
const endMs = 1000;

const bareZygote = ['-S', '-m', 'quicksand_kernel.bare'];

/** The warm process that kernels are forked from, or the bare one: the only parents of every program in a sandbox. */
export class Zygote implements AsyncDisposable {
  /** Settles when the process has ended; what it started lives on. */
  readonly ended: Promise<void>;
  /** What a spawn is told, once the process has ended. */
  #failure: SandboxError | undefined;
  readonly #child: ChildProcess;
  /** Undefined where no descriptor was free for it: `ended` tells. */
  readonly #stdin: Writable | undefined;
  readonly #ready = Promise.withResolvers<ZygoteReady>();
  #isReady = false;
  readonly #waiting = new Map<string, Waiting>();
  readonly #started = new Map<string, Started>();
  readonly #orphans = new Map<string, Orphan>();

  constructor({ python, kernelFolder, scratch, preload, env, log }: ZygoteOptions) {
    const args = preload ? ['-m', 'quicksand_kernel.zygote', '--preload', preload.join(',')] : bareZygote;
    this.#child = spawn(python, args, {
      cwd: '/',
      env: { ...env, PYTHONPATH: kernelFolder, TMPDIR: scratch },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#ready.promise.catch(() => {});
    const { stdin, stdout, stderr } = this.#child;
    this.#stdin = stdin ?? undefined;
    this.#stdin?.on('error', () => {}); // EPIPE of a zygote that died: `ended` tells
    if (stdout) readLines(stdout, (line) => this.#answer(JSON.parse(line) as Answer));
    const said: string[] = [];
    if (stderr)
      createInterface({ input: stderr }).on('line', (line) => {
        said.push(line);
        said.splice(0, said.length - 20);
        log('warn', 'zygote', { line });
      });
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#failure = new SandboxError('kernel_start_failed', {
          message: `the zygote ended (${how})${said.length > 0 ? `: ${said.join('\n')}` : ''}`,
          hint: 'run `quicksand setup`, which makes the Python environment anew where it is broken',
        });
        this.#ready.reject(this.#failure);
        for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
        this.#waiting.clear();
        this.#adoptOrphans();
        resolve();
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('close', (code, signal) => end(String(signal ?? code)));
    });
  }

  /** True once the process has ended: then it starts nothing more. */
  get hasEnded(): boolean {
    return this.#failure !== undefined;
  }

  /** True once the modules are loaded: before that it hears nothing. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Settles when the modules are loaded; rejects with `kernel_start_failed` when the process ends instead. */
  get ready(): Promise<ZygoteReady> {
    return this.#ready.promise;
  }

  /** Forks a process into a sandbox. Rejects with `kernel_start_failed` when nothing was started. */
  spawn({ holder, ...request }: SpawnRequest): Promise<SpawnedProcess> {
    // Nobody would answer: whoever got this zygote has had other work to do first.
    if (this.#failure) return Promise.reject(this.#failure);
    const { key } = request;
    const waits = !holder.isComplete;
    if (waits) {
      const enter = (): void => this.#send({ op: 'enter', key });
      holder.complete.then(enter, () => this.signal(key, 'SIGKILL', true));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.set(key, { resolve, reject });
      this.#send({ op: 'spawn', holder: holder.pid, waits, ...request });
    });
  }

  /** Sends a signal to a process that {@link spawn} started, or to its process group. Does nothing once it was reaped. */
  signal(key: string, signal: NodeJS.Signals, group: boolean): void {
    if (this.hasEnded) this.#orphans.get(key)?.signal(signal, group);
    else this.#send({ op: 'signal', key, signal, group });
  }

  /** Sends a signal to a process and its group; what is left of the group when the process ends is killed. */
  endGroup(key: string, signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.hasEnded) this.#orphans.get(key)?.signal(signal, true);
    else this.#send({ op: 'signal', key, signal, group: true, end: true });
  }

  /** Ends the zygote at once, whatever it does; what it started lives on. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Ends the zygote and every process that it started and that still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const orphan of this.#orphans.values()) orphan.signal('SIGKILL', true);
    this.#stdin?.end();
    await this.ended;
  }

  /** A zygote that is gone tells nothing of what it started: the host looks itself. */
  #adoptOrphans(): void {
    for (const [key, { pid, startTicks, running, exited }] of this.#started) {
      // Whether a program was about to run nobody will say; how it ends is seen.
      running.resolve();
      const orphan = watchOrphan(pid, startTicks);
      this.#orphans.set(key, orphan);
      void orphan.exited.then((cause) => {
        this.#orphans.delete(key);
        exited.resolve(cause);
      });
    }
    this.#started.clear();
  }

  #send(request: object): void {
    if (this.#stdin?.writable) this.#stdin.write(`${JSON.stringify(request)}\n`);
  }

  #answer(answer: Answer): void {
    if (answer.event === 'ready') {
      this.#isReady = true;
      return this.#ready.resolve({
        seccompFilter: Buffer.from(answer.seccompFilter, 'base64'),
        python: answer.python,
        packageFolders: answer.packageFolders,
      });
    }
    const { key } = answer;
    if (answer.event === 'running') return this.#started.get(key)?.running.resolve();
    if (answer.event === 'exited') {
      const { code, signal, message, problem } = answer;
      this.#started.get(key)?.exited.resolve({ code, signal, message, problem });
      this.#started.delete(key);
      return;
    }
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (answer.event === 'failed') {
      waiting?.reject(
        new SandboxError('kernel_start_failed', { message: `no process could be started: ${answer.message}` }),
      );
      return;
    }
    const started = {
      pid: answer.pid,
      startTicks: readProcessState(answer.pid)?.startTicks,
      running: Promise.withResolvers<void>(),
      exited: Promise.withResolvers<ExitCause>(),
    };
    this.#started.set(key, started);
    try {
      const pipes = PipeEnds.open(this.#child.pid as number, answer.pipes);
      waiting?.resolve({
        pid: answer.pid,
        pipes,
        insidePid: answer.inside,
        running: started.running.promise,
        exited: started.exited.promise,
      });
    } catch (error) {
      this.signal(key, 'SIGKILL', true);
      const message = `no process could be started: ${(error as Error).message}`;
      const failure = new SandboxError('kernel_start_failed', { message });
      // Most likely the zygote has just died, and that is heard soon.
      void Promise.race([this.ended, delay(endMs, undefined, { ref: false })]).then(() => waiting?.reject(failure));
    }
    // Until here it has kept what is in them.
    this.#send({ op: 'opened', key });
  }
}
