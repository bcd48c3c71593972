import { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { ControlGroup } from '@quicksand/isolation';
import { RawPipe } from './raw-pipe.ts';
import type { StreamName } from './kernel-inbox.ts';
import type { ExitCause, SpawnedProcess, Zygote } from './zygote.ts';

// Keeps R4 (complete) and R8 (back-pressure) for commands.

/** How a command ended. */
export interface CommandExit extends ExitCause {
  /** The kernel has ended a process of it, since there was no memory left; or has refused it one. */
  readonly ranOutOfMemory: boolean;
  readonly wasRefusedProcess: boolean;
}

/** Takes what a {@link CommandProcess} does. `onExit` comes once and last. */
export interface CommandSink {
  onText(stream: StreamName, text: string): void;
  onExit(exit: CommandExit): void;
}

/** What a {@link CommandProcess} is made of. */
export interface CommandProcessParts {
  readonly key: string;
  readonly process: SpawnedProcess;
  readonly stdin: string | undefined;
  readonly zygote: Zygote;
  /** The group of the program and of all that it starts. It is removed as soon as nothing is left in it. */
  readonly group: ControlGroup;
  readonly sandboxGroup: ControlGroup;
}

/** How long a command may go on after it was asked to end, in milliseconds. */
const endGraceMs = 2000;

/** How much of the output of processes that outlive their command is read and dropped, and how often: enough for a server that logs. */
const leftoverBytes = 64 * 1024;
const leftoverMs = 100;

/** How often it is looked whether a group is empty, in milliseconds, once it has not been for a while. */
const longestPauseMs = 10_000;

/** A program in a sandbox that is no kernel: text out, signals in. Decides nothing about commands. */
export class CommandProcess {
  readonly #parts: Omit<CommandProcessParts, 'stdin'>;
  readonly #sink: CommandSink;
  readonly #pipes: readonly RawPipe[];
  readonly #refusedBefore: number;
  #hasExited = false;
  #isEnding = false;
  #killTimer: NodeJS.Timeout | undefined;

  constructor({ stdin, ...parts }: CommandProcessParts, sink: CommandSink) {
    this.#parts = parts;
    this.#sink = sink;
    const { process } = parts;
    this.#refusedBefore = this.#countRefusedProcesses();
    this.#pipes = [this.#openPipe('stdout'), this.#openPipe('stderr')];
    const input = stdin === undefined ? undefined : openInput(process.pipes.take('stdin'), stdin);
    void this.#waitForEnd(input);
  }

  /** Stops reading, so that the program blocks when it writes on (R8). */
  pause(): void {
    if (!this.#hasExited) for (const pipe of this.#pipes) pipe.pause();
  }

  /** Reads on. */
  resume(): void {
    if (!this.#hasExited) for (const pipe of this.#pipes) pipe.resume();
  }

  /** Sends a signal to the process group. */
  signal(name: NodeJS.Signals): void {
    this.#parts.zygote.signal(this.#parts.key, name, true);
  }

  /** Asks the process group to end, and then ends all that the program started. `onExit` follows. */
  end(): void {
    if (this.#isEnding || this.#hasExited) return;
    this.#isEnding = true;
    this.#killTimer = globalThis.setTimeout(() => this.kill(), endGraceMs);
    this.#parts.zygote.endGroup(this.#parts.key, 'SIGTERM');
    // A stopped process would not hear it.
    this.signal('SIGCONT');
  }

  /** Ends the program and all that it started, wherever it has put itself, at once. `onExit` follows. */
  kill(): void {
    this.#isEnding = true;
    this.#parts.zygote.endGroup(this.#parts.key, 'SIGKILL');
    void this.#parts.group.killAll();
  }

  /** Where the limit of the sandbox is met it is counted at the sandbox. */
  #countRefusedProcesses(): number {
    return this.#parts.group.pidsRefused + this.#parts.sandboxGroup.pidsRefused;
  }

  #openPipe(stream: StreamName): RawPipe {
    return new RawPipe(this.#parts.process.pipes.take(stream), {
      onRawText: (text) => {
        if (!this.#hasExited) this.#sink.onText(stream, text);
      },
      onMarker: () => {},
    });
  }

  async #waitForEnd(input: Socket | undefined): Promise<void> {
    const { process, group } = this.#parts;
    const exit = await process.exited;
    clearTimeout(this.#killTimer);
    if (this.#isEnding) await group.killAll();
    input?.destroy();
    for (const pipe of this.#pipes) {
      // Whoever wrote to it has written: a process that still holds the pipe is not waited for.
      pipe.drain();
      pipe.flush();
    }
    this.#hasExited = true;
    const ranOutOfMemory = group.oomKills > 0;
    this.#sink.onExit({
      ...exit,
      ranOutOfMemory,
      wasRefusedProcess: this.#countRefusedProcesses() > this.#refusedBefore,
    });
    for (const pipe of this.#pipes) dropLeftovers(pipe);
    // Where that fails the end of its sandbox tries it again, and says so.
    removeWhenEmpty(group).catch(() => {});
  }
}

/** What was left running in the background lives on, in its group. */
async function removeWhenEmpty(group: ControlGroup): Promise<void> {
  for (let pauseMs = 50; group.pids().length > 0; pauseMs = Math.min(2 * pauseMs, longestPauseMs))
    await setTimeout(pauseMs, undefined, { ref: false });
  await group.close();
}

/** What processes write that outlive their command goes nowhere, slowly, and does not end them. */
function dropLeftovers(pipe: RawPipe): void {
  pipe.pause();
  const drop = (): void => {
    if (pipe.drain(leftoverBytes)) pipe.destroy();
  };
  const timer = setInterval(drop, leftoverMs).unref();
  void pipe.closed.then(() => clearInterval(timer));
  drop();
}

function openInput(fd: number, text: string): Socket {
  const socket = new Socket({ fd, readable: false, writable: true });
  // A program may close its input, or end, without reading it.
  socket.on('error', () => socket.destroy());
  socket.end(text);
  return socket;
}
