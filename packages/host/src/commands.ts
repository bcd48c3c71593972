import { randomUUID } from 'node:crypto';
import { type CommandRequest, type ProcessRequest, type SignalName, SandboxError } from '@quicksand/protocol';
import { Command } from './command.ts';
import { type Cause, interruptedBy } from './cause.ts';
import type { HostLimits } from './host-limits.ts';
import { RunStore } from './run-store.ts';
import type { Sandboxes } from './sandboxes.ts';
import { toTimeout } from './timeout.ts';

type Kind = 'command' | 'process';

/** Runs commands in sandboxes, with a client that waits or in the background, and finds again what runs. */
export class Commands {
  readonly #stores: Readonly<Record<Kind, RunStore<Command>>>;
  readonly #sandboxes: Sandboxes;
  readonly #limits: HostLimits;

  constructor(sandboxes: Sandboxes, limits: HostLimits) {
    this.#sandboxes = sandboxes;
    this.#limits = limits;
    this.#stores = { command: new RunStore(limits), process: new RunStore(limits) };
  }

  /**
   * Runs a command, or attaches to the one that has the request's id (it never runs twice). Throws `command_conflict`, `cwd_unusable`,
   * `program_not_found`, `program_unusable`, `too_many_commands` and what starting a sandbox throws.
   */
  async start(sandboxId: string, request: CommandRequest): Promise<Command> {
    const { commandId: id = randomUUID() } = request;
    const known = this.#stores.command.find(sandboxId, id);
    if (known) return assertSame(await known, request);
    return this.#start('command', sandboxId, id, request);
  }

  /** Starts a command that lives until its sandbox ends. Throws `process_conflict` and what {@link start} throws. */
  async startProcess(sandboxId: string, request: ProcessRequest): Promise<Command> {
    const { processId: id = randomUUID() } = request;
    if (this.#stores.process.find(sandboxId, id)) {
      throw new SandboxError('process_conflict', {
        message: `sandbox ${sandboxId} has a process ${id} already`,
        hint: 'choose another processId; that of a process that has ended is free after its cleanup',
        details: { sandboxId, processId: id },
      });
    }
    return this.#start('process', sandboxId, id, request);
  }

  /** Throws `command_not_found`, `process_not_found`. */
  async find(kind: Kind, sandboxId: string, id: string): Promise<Command> {
    const found = await this.#stores[kind].find(sandboxId, id);
    if (found) return found;
    throw new SandboxError(`${kind}_not_found`, {
      message: `sandbox ${sandboxId} has no ${kind} ${id}`,
      hint: `a ${kind} is forgotten some minutes after its end`,
      details: { sandboxId, id },
    });
  }

  /** Asks a command to end; with a signal only sends that. Throws `command_not_found`. */
  async cancel(sandboxId: string, id: string, signal: SignalName | undefined): Promise<void> {
    const command = await this.find('command', sandboxId, id);
    if (signal === undefined) command.stop(interruptedBy('it was cancelled'));
    else command.signal(signal);
  }

  /** The processes of a sandbox. */
  listProcesses(sandboxId: string): Promise<Command[]> {
    return this.#stores.process.list(sandboxId);
  }

  /** Ends a process and waits for its end; with a signal only sends that. Throws `process_not_found`. */
  async killProcess(sandboxId: string, id: string, signal: SignalName | undefined): Promise<Command> {
    const process = await this.find('process', sandboxId, id);
    if (signal !== undefined && signal !== 'SIGKILL') process.signal(signal);
    else {
      process.stop(killed(signal === undefined ? 'interrupted' : 'killed'));
      await process.ended;
    }
    return process;
  }

  /** Ends all processes of a sandbox, waits for that, and says how many there were. */
  async killProcesses(sandboxId: string): Promise<number> {
    const running = (await this.listProcesses(sandboxId)).filter(({ info }) => info.status === 'running');
    for (const process of running) process.stop(killed('interrupted'));
    await Promise.all(running.map(({ ended }) => ended));
    return running.length;
  }

  /** Forgets the processes of a sandbox that have ended, and says how many there were. */
  forgetEndedProcesses(sandboxId: string): number {
    return this.#stores.process.forgetEnded(sandboxId);
  }

  /** Forgets all that has ended in a sandbox. */
  forgetEnded(sandboxId: string): void {
    for (const store of Object.values(this.#stores)) store.forgetEnded(sandboxId);
  }

  /** Stops the timers. */
  close(): void {
    for (const store of Object.values(this.#stores)) store.close();
  }

  #start(kind: Kind, sandboxId: string, id: string, request: CommandRequest | ProcessRequest): Promise<Command> {
    const timeoutMs = request.timeout === undefined ? undefined : toTimeout(request.timeout, this.#limits);
    const command = new Command({ id, isProcess: kind === 'process', request, timeoutMs, limits: this.#limits });
    return this.#stores[kind].add(sandboxId, id, async () => {
      await this.#sandboxes.use(sandboxId, (sandbox) => sandbox.run(command));
      return command;
    });
  }
}

function killed(outcome: Cause['outcome']): Cause {
  return { outcome, ename: 'Quicksand.Interrupted', evalue: 'the process was killed on request' };
}

/** An id names one command for ever. */
function assertSame(command: Command, request: CommandRequest): Command {
  if (JSON.stringify(command.request.command) === JSON.stringify(request.command)) return command;
  throw new SandboxError('command_conflict', {
    message: `command ${command.id} exists and is another one`,
    hint: 'choose a new commandId for a new command',
    details: { commandId: command.id },
  });
}
