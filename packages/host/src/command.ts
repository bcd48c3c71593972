import {
  type CommandRequest,
  type OnDisconnect,
  type ProcessInfo,
  type ProcessRequest,
  SandboxError,
} from '@quicksand/protocol';
import { type Cause, interruptedBy, timeoutAfter } from './cause.ts';
import type { CommandExit, CommandProcess } from './command-process.ts';
import { EventLog } from './event-log.ts';
import type { EventFeed } from './event-pump.ts';
import type { HostLimits } from './host-limits.ts';
import type { StreamName } from './kernel-inbox.ts';
import type { ProgramSink } from './open-command.ts';
import { toSignalName } from './signal-name.ts';

// Keeps R3 (one end, first cause wins), R8 (back-pressure) and R9 (gone clients) for commands.

/** What a {@link Command} is made of. */
export interface CommandOptions {
  readonly id: string;
  /** A process runs in the background: nobody needs to read it, and it outlives every connection. */
  readonly isProcess: boolean;
  readonly request: CommandRequest & ProcessRequest;
  readonly timeoutMs: number | undefined;
  readonly limits: HostLimits;
}

/** One run of one command: its events, and how it ends. */
export class Command implements ProgramSink {
  readonly id: string;
  /** What was asked for; once it runs without its input. */
  request: CommandOptions['request'];
  /** The command as one line, for people. */
  readonly line: string;
  readonly log: EventLog;
  /** Settles when the log has ended. */
  readonly ended: Promise<void>;
  readonly startedAt: number = Date.now();
  endedAt = 0;
  readonly #options: Omit<CommandOptions, 'request'>;
  readonly #end = Promise.withResolvers<void>();
  #process: CommandProcess | undefined;
  #insidePid: number | undefined;
  #hasBegun = false;
  #cause: Cause | undefined;
  #exit: { readonly exitCode: number; readonly signal?: string } | undefined;
  #outputBytes = 0;
  #timeout: NodeJS.Timeout | undefined;
  #graceTimer: NodeJS.Timeout | undefined;

  constructor(options: CommandOptions) {
    const { request, ...others } = options;
    const { id, isProcess, limits } = others;
    this.#options = others;
    this.id = id;
    this.request = request;
    this.line = typeof request.command === 'string' ? request.command : request.command.join(' ');
    this.ended = this.#end.promise;
    this.log = new EventLog({
      maxBytes: limits.logBytes,
      isRolling: isProcess,
      onDrain: () => this.#process?.resume(),
    });
  }

  /** It is kept until somebody forgets it. */
  get isKept(): boolean {
    return this.request.autoCleanup === false;
  }

  /** False for one in the background that nobody reads: like what code leaves running, it does not keep its sandbox awake. */
  get keepsAwake(): boolean {
    return !this.#options.isProcess || this.log.hasReaders;
  }

  get info(): ProcessInfo {
    const exit = this.#exit;
    return {
      id: this.id,
      ...(this.#insidePid !== undefined && { pid: this.#insidePid }),
      command: this.line,
      status: !exit
        ? 'running'
        : this.#cause || exit.signal !== undefined
          ? 'killed'
          : exit.exitCode === 0
            ? 'completed'
            : 'failed',
      startTime: new Date(this.startedAt).toISOString(),
      ...(exit && { endTime: new Date(this.endedAt).toISOString(), ...exit }),
    };
  }

  onSpawn(pid: number): void {
    this.#insidePid = pid;
  }

  /** It runs. */
  begin(process: CommandProcess): void {
    if (!this.#exit) this.#process = process;
    // The process has it.
    const { stdin: _, ...rest } = this.request;
    this.request = rest;
    this.#announce();
    const { timeoutMs } = this.#options;
    if (this.#exit) return;
    if (timeoutMs !== undefined)
      this.#timeout = setTimeout(() => this.stop(timeoutAfter('command', timeoutMs)), timeoutMs);
    if (this.#cause) this.#stopProcess(this.#cause);
    else if (this.log.full) process.pause();
  }

  /** Asks for an end. The first cause recorded wins (R3); a later one changes nothing. */
  stop(cause: Cause): void {
    if (this.#exit || this.#cause) return;
    this.#cause = cause;
    this.#stopProcess(cause);
  }

  /** Sends a signal to its process group, if it runs. */
  signal(name: NodeJS.Signals): void {
    if (!this.#exit) this.#process?.signal(name);
  }

  onText(stream: StreamName, text: string): void {
    if (this.#exit) return;
    this.#announce();
    const { isProcess, limits } = this.#options;
    this.#outputBytes += text.length;
    if (!isProcess && this.#outputBytes > limits.outputBytes) {
      this.stop({
        outcome: 'interrupted',
        ename: 'Quicksand.OutputLimit',
        evalue: `the command wrote more than the limit of ${limits.outputBytes} bytes`,
      });
      return;
    }
    // Nobody reads, and the command is being ended: the log may not grow without end (R8).
    if (this.#cause && this.log.heldBytes + text.length > 2 * limits.logBytes) return;
    this.#append(stream, { data: text });
    if (this.log.full && !this.#cause) this.#process?.pause();
  }

  onExit(exit: CommandExit): void {
    if (this.#exit) return;
    this.#announce();
    clearTimeout(this.#timeout);
    clearTimeout(this.#graceTimer);
    this.#exit = toEnd(exit);
    this.endedAt = Date.now();
    const cause = this.#cause ?? toUnsaidCause(exit);
    // A process that is killed on request is nobody's failure.
    if (cause && !(this.#options.isProcess && cause.ename === 'Quicksand.Interrupted')) {
      const { ename, evalue } = cause;
      this.#append('error', this.#options.isProcess ? { data: evalue, ename } : { error: evalue, ename });
    }
    if (this.#options.isProcess) this.#append('exit', { data: '', ...this.#exit });
    else this.#append('complete', { ...this.#exit, duration: this.endedAt - this.startedAt });
    // It is remembered for a while, and need not hold what it was read with.
    this.#process = undefined;
    this.log.end();
    this.#end.resolve();
  }

  /** A stream of the events after `after`. Throws `events_gone` when some are no longer held, `invalid_request` when `after` is not reached yet. */
  openFeed(after: number): EventFeed {
    if (after > this.log.lastId) {
      throw new SandboxError('invalid_request', {
        message: `event ${after} does not exist yet: the last one is ${this.log.lastId}`,
        hint: 'send the id of the last event that you received',
      });
    }
    const reader = this.log.read(after);
    if (!reader) {
      throw new SandboxError('events_gone', {
        message: `events after ${after} of ${this.id} are no longer held`,
        hint: 'a log keeps its newest events up to a size and for a time after the end; read sooner',
        details: { id: this.id, after, firstId: this.log.firstId, lastId: this.log.lastId },
      });
    }
    clearTimeout(this.#graceTimer);
    return { reader, onGone: () => this.#readerGone() };
  }

  #stopProcess({ outcome }: Cause): void {
    // Its last words are read, and what the log has no room for is dropped.
    this.#process?.resume();
    if (outcome === 'killed') this.#process?.kill();
    else this.#process?.end();
  }

  #readerGone(): void {
    if (this.#options.isProcess || this.#exit || this.log.hasReaders) return;
    const onDisconnect: OnDisconnect = this.request.onDisconnect ?? 'interrupt';
    const stop = (): void => this.stop(interruptedBy('the client went away'));
    if (onDisconnect === 'interrupt') stop();
    else this.#graceTimer = setTimeout(stop, onDisconnect.graceMs);
  }

  /** The first event of a command, before any text. */
  #announce(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const pid = this.#insidePid;
    if (!this.#options.isProcess) this.#append('start', { command: this.line, ...(pid !== undefined && { pid }) });
  }

  #append(type: string, fields: object): void {
    const own = this.#options.isProcess ? { processId: this.id } : {};
    this.log.append({ type, timestamp: new Date().toISOString(), ...fields, ...own });
  }
}

/** The exit status as a shell tells it; 255 where nobody knows it. */
function toEnd({ code, signal }: CommandExit): { exitCode: number; signal?: string } {
  return signal === null ? { exitCode: code ?? 255 } : { exitCode: 128 + signal, signal: toSignalName(signal) };
}

/** What a command could not say itself (R10): which limit it met, and failed. */
function toUnsaidCause(exit: CommandExit): Cause | undefined {
  if (exit.code === 0) return undefined;
  if (exit.code === null && exit.signal === null) {
    return {
      outcome: 'killed',
      ename: 'Quicksand.ExitUnknown',
      evalue: 'the command ended; how is not known, since the process that would have been told had ended before',
    };
  }
  if (exit.ranOutOfMemory) {
    return {
      outcome: 'killed',
      ename: 'Quicksand.OutOfMemory',
      evalue: 'the command used more memory than it, or its sandbox, may have, so a process of it was ended',
    };
  }
  if (exit.wasRefusedProcess) {
    return {
      outcome: 'killed',
      ename: 'Quicksand.TooManyProcesses',
      evalue: 'the command was refused a new process or thread, since it, or its sandbox, has as many as it may',
    };
  }
  return undefined;
}
