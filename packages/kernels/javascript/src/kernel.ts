import type { Frame } from '@quicksand/protocol/frame-codec';
import { types } from 'node:util';
import type { Script } from 'node:vm';
import { type Cells, cellName, toOriginal } from './cells.ts';
import type { Channel } from './channel.ts';
import { setVariables } from './environment-variables.ts';
import { type Failure, toFailure, toInterruption, toSyntaxFailure } from './failure.ts';
import { type Formats, toFormats } from './formats.ts';
import { type Owner, ownerNow, runAs } from './identity.ts';
import type { InterruptGate } from './interrupt-gate.ts';
import { later } from './later.ts';
import { orLeave } from './leave-process.ts';
import type { Modules } from './modules.ts';
import { toPlainPiece } from './plain-code.ts';
import { toBytes, toText } from './plain-text.ts';
import { type Piece, asyncStart, rewriteCode } from './rewrite-code.ts';
import { withOwnNames } from './shadowed-globals.ts';
import type { TextBurst } from './text-burst.ts';
import type { StreamName, TextStreams } from './text-streams.ts';
import { type Ended, runScript } from './run-script.ts';
import { type Stripped, stripTypes } from './typescript.ts';
import { UserError, fromUser } from './user-realm.ts';
import type { Variables } from './variables.ts';

// One execution after another, each with exactly one `done` (R3), whatever the code did.

/** The payload of an `execute` frame. */
interface Request {
  readonly code: string;
  readonly language?: 'typescript';
  readonly env?: Readonly<Record<string, string | null>>;
  readonly envVars: Readonly<Record<string, string>>;
  readonly charts: boolean;
  readonly marker: string;
}

interface Running {
  readonly owner: Owner;
  readonly charts: boolean;
  readonly restore: () => void;
  /** Its code is being stopped, which takes it some moments: what it shows until then is shown (R4). */
  isStopping: boolean;
  /** Where code was when it was stopped. */
  stoppedAt: string | undefined;
  /** Its code has ended, or was stopped. */
  isOver: boolean;
}

/** What a {@link Kernel} is made of. */
export interface KernelParts {
  readonly channel: Channel;
  readonly modules: Modules;
  readonly cells: Cells;
  readonly variables: Variables;
  readonly burst: TextBurst;
}

/** Runs what the host sends. */
export class Kernel {
  readonly #parts: KernelParts;
  #gate: InterruptGate | undefined;
  #streams: TextStreams | undefined;
  #running: Running | undefined;
  /** What was thrown last that may not know where, and where that was. */
  #thrown: { readonly value: unknown; readonly stack: string } | undefined;

  constructor(parts: KernelParts) {
    this.#parts = parts;
  }

  /** What it needs of the rest is made. */
  start(gate: InterruptGate, streams: TextStreams): void {
    this.#gate = gate;
    this.#streams = streams;
  }

  get charts(): boolean {
    return this.#running?.charts ?? true;
  }

  onExecute({ execution, payload }: Frame, interrupts: number): void {
    orLeave(() => {
      const request = JSON.parse(toText(payload)) as Request;
      void this.#execute(this.#begin(execution, request), request, interrupts);
    });
  }

  /** The host has ended the processes of an execution, and wants to know when all that they wrote was read. */
  onLateInterrupt({ execution }: Frame): void {
    this.#parts.channel.isRawPossible = true;
    this.#send('interrupted', execution);
  }

  /** Text of the user's program; it may be a message of V8's. What an ended execution still says belongs to nobody (R6). */
  write(stream: StreamName, text: string): void {
    const running = this.#running;
    const owner = ownerNow() ?? running?.owner;
    if (!running || owner !== running.owner) return;
    this.#gate?.within(() => this.#parts.burst.write(stream, owner.number, withOwnNames(text)));
  }

  /** The last result of an execution goes with its end. */
  show(formats: Formats, isLast: boolean = false): void {
    const running = this.#running;
    const owner = ownerNow() ?? running?.owner;
    if (!running || owner !== running.owner || Object.keys(formats).length === 0) return;
    const { channel } = this.#parts;
    const payload = toBytes(JSON.stringify(formats));
    if (isLast) channel.hold('result', owner.number, payload);
    else channel.send('result', owner.number, payload);
  }

  /** An error that nobody caught, of a timer or a promise. */
  onUncaught(error: unknown): void {
    const running = this.#running;
    const owner = ownerNow() ?? running?.owner;
    if (!running || owner !== running.owner) return;
    this.#sendFailure(running, toFailure(error, owner.number, this.#thrownAt(error)));
  }

  /** Rewritten code throws through here. */
  thrown(value: unknown): unknown {
    if (!types.isNativeError(value)) this.#thrown = { value, stack: new UserError('here').stack ?? '' };
    return value;
  }

  /** Rewritten code imports through here: of an import that fails, too, nothing else would know the line. */
  async load(specifier: unknown, options: unknown): Promise<Record<string, unknown>> {
    const here = new UserError('here');
    try {
      return await this.#parts.modules.load(specifier, options);
    } catch (error) {
      this.#thrown = { value: error, stack: here.stack ?? '' };
      throw error;
    }
  }

  /** Does something in the name of the execution that runs, whoever has asked for it. */
  inItsName<T>(work: () => T): T {
    return this.#running ? runAs(this.#running.owner, work) : work();
  }

  isOfAnother(): boolean {
    const owner = ownerNow();
    return owner !== undefined && owner !== this.#running?.owner && !owner.isStopped;
  }

  onInterrupt(): void {
    if (this.#running) this.#send('interrupted', this.#running.owner.number);
  }

  onStopping(findStack: () => string): void {
    const running = this.#running;
    if (!running) return;
    running.isStopping = true;
    // What has been queued up may be much: no timer of it begins any more.
    running.owner.isStopped = true;
    running.stoppedAt ??= findStack();
  }

  onStopped(): void {
    if (!this.#running) return;
    this.#running.isStopping = true;
    this.#finish(this.#running);
  }

  async #execute(running: Running, request: Request, interrupts: number): Promise<void> {
    const { number } = running.owner;
    let failure: Failure | undefined;
    try {
      this.#gate?.begin(interrupts);
      // What ends at once has ended before the event loop turns.
      later(() => {
        // Stopped half way, the socket would not be what it says it is.
        if (!running.isOver) this.#gate?.within(() => this.#parts.channel.rest());
      });
      failure = await this.#run(running, request);
    } catch (error) {
      failure = toFailure(error, number);
    }
    running.isOver = true;
    orLeave(() => {
      if (failure) this.#sendFailure(running, failure);
      // Promises that nobody handled are told first.
      later(() => orLeave(() => this.#finish(running)));
    });
  }

  #begin(number: number, request: Request): Running {
    const { channel, modules } = this.#parts;
    channel.begin(number, request.marker);
    const restore = setVariables(request.env ?? {}, request.envVars);
    const owner = { number, isStopped: false };
    this.#running = {
      owner,
      charts: request.charts,
      restore,
      isStopping: false,
      stoppedAt: undefined,
      isOver: false,
    };
    this.#thrown = undefined;
    modules.begin(number);
    return this.#running;
  }

  async #run(running: Running, { code, language }: Request): Promise<Failure | undefined> {
    const { owner, charts } = running;
    const { number } = owner;
    const { variables } = this.#parts;
    const stripped = language === 'typescript' ? this.#stripTypes(code) : { code, map: undefined };
    if ('problem' in stripped) return toSyntaxFailure(stripped.problem, code, number);
    const piece =
      toPlainPiece(stripped.code, cellName(number), variables) ??
      rewriteCode(stripped.code, variables, stripped.map !== undefined);
    if ('problem' in piece) {
      const { problem } = piece;
      return toSyntaxFailure({ ...problem, ...toOriginal(problem, stripped.map) }, code, number);
    }
    this.#remember(number, stripped, piece);
    this.#parts.modules.hold(stripped.code, piece);
    const ended = await this.#runPiece(running, piece);
    if ('error' in ended) {
      return toFailure(ended.error, number, ended.thrownAt ?? this.#thrownAt(ended.error));
    }
    if (piece.hasResult && ended.value !== undefined) {
      const formats = runAs(owner, () => toFormats(ended.value, charts));
      this.show(types.isPromise(formats) ? await this.#waitFor(running, formats) : formats, true);
    }
    return undefined;
  }

  /** The parser, which keeps a memory of its own, is not stopped half way: it would refuse all later code. */
  #stripTypes(code: string): ReturnType<typeof stripTypes> {
    return this.#gate?.within(() => stripTypes(code)) ?? stripTypes(code);
  }

  async #runPiece(running: Running, piece: Piece<string | Script>): Promise<Ended & { readonly thrownAt?: string }> {
    const { owner } = running;
    const { modules, variables } = this.#parts;
    const name = cellName(owner.number);
    const imported: Array<readonly [string, unknown]> = [];
    for (const wanted of piece.imports) {
      try {
        imported.push(
          ...(await this.#waitFor(
            running,
            runAs(owner, () => modules.bind(wanted)),
          )),
        );
      } catch (error) {
        const { line, column } = this.#parts.cells.toOwn(name, { line: wanted.line, column: 1 });
        return { error, thrownAt: `\n    at ${name}:${line}:${column}` };
      }
    }
    const declared = variables.declare(piece, imported);
    if ('error' in declared) return declared;
    const { functions, body, isAsync, hasResult } = piece;
    if (functions !== undefined) runScript(functions, name);
    const ended = runAs(owner, () => runScript(body, name, isAsync ? -asyncStart.length : 0));
    if ('error' in ended || !(isAsync || (hasResult && types.isPromise(ended.value)))) return ended;
    try {
      return { value: await this.#waitFor(running, fromUser(ended.value as Promise<unknown>)) };
    } catch (error) {
      return { error };
    }
  }

  /** What an execution waits for. Where it was stopped meanwhile, that never comes: all that follows would be done in the midst of another one. */
  async #waitFor<T>(running: Running, wait: T): Promise<Awaited<T>> {
    try {
      return await wait;
    } finally {
      if (running !== this.#running) await new Promise(() => {});
    }
  }

  #remember(number: number, { code, map }: Stripped, { edits, isAsync }: Piece<string | Script>): void {
    if (edits.length > 0 || map || isAsync) this.#parts.cells.add(cellName(number), { code, edits, map });
  }

  #thrownAt(error: unknown): string | undefined {
    return this.#thrown?.value === error ? this.#thrown?.stack : undefined;
  }

  #finish(running: Running): void {
    if (running !== this.#running) return;
    const { owner } = running;
    const { channel } = this.#parts;
    const leftover = this.#gate?.within(() => {
      this.#streams?.end();
      running.isOver = true;
      running.restore();
      owner.isStopped = running.isStopping;
      if (owner.isStopped) {
        this.#parts.modules.forgetStopped();
        this.#send('error', owner.number, toInterruption(running.stoppedAt ?? '', owner.number));
      }
      const left = this.#gate?.end();
      this.#running = undefined;
      this.#send('done', owner.number);
      return left;
    });
    if (leftover?.length) channel.take(leftover);
    channel.listen();
  }

  #sendFailure({ owner, isStopping }: Running, failure: Failure): void {
    if (!isStopping) this.#send('error', owner.number, failure);
  }

  #send(kind: Frame['kind'], execution: number, value?: object): void {
    const payload = toBytes(value === undefined ? '' : JSON.stringify(value));
    this.#parts.channel.send(kind, execution, payload);
  }
}
