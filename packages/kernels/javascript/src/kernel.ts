import type { Frame } from '@quicksand/protocol/frame-codec';
import { types } from 'node:util';
import { Cells, cellName } from './cells.ts';
import type { Channel } from './channel.ts';
import { setVariables } from './environment-variables.ts';
import type { Evaluated, Evaluator } from './evaluate.ts';
import { type Failure, toFailure, toInterruption, toSyntaxFailure } from './failure.ts';
import { type Formats, toFormats } from './formats.ts';
import { type Owner, ownerNow, runAs } from './identity.ts';
import type { InterruptGate } from './interrupt-gate.ts';
import type { Modules } from './modules.ts';
import { toPieces } from './plain-text.ts';
import { type Piece, rewriteCode } from './rewrite-code.ts';
import type { StreamName, TextStreams } from './text-streams.ts';
import { type Stripped, stripTypes } from './typescript.ts';

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
  /** Where code was when it was stopped. */
  stoppedAt: string;
  hasEnded: boolean;
}

/** What a {@link Kernel} is made of. */
export interface KernelParts {
  readonly channel: Channel;
  readonly evaluator: Evaluator;
  readonly modules: Modules;
  readonly cells: Cells;
}

// What user code makes of the globals is nothing to us.
const later = setImmediate;
const { stringify, parse } = JSON;

/** Runs what the host sends. */
export class Kernel {
  readonly #parts: KernelParts;
  readonly #declared = { names: new Set<string>(), constants: new Set<string>() };
  #gate: InterruptGate | undefined;
  #streams: TextStreams | undefined;
  #running: Running | undefined;
  /** What was thrown last that is no error, and where. */
  #thrown: { readonly value: unknown; readonly stack: string } | undefined;

  constructor(parts: KernelParts) {
    this.#parts = parts;
  }

  /** Says that it is ready; what it needs of the rest is made by then. */
  start(key: string, gate: InterruptGate, streams: TextStreams): void {
    this.#gate = gate;
    this.#streams = streams;
    this.#send('ready', 0, { key });
  }

  get charts(): boolean {
    return this.#running?.charts ?? true;
  }

  onFrame({ kind, execution, payload }: Frame): void {
    if (kind === 'execute') void this.#execute(execution, parse(Buffer.from(payload).toString()) as Request);
    else if (kind === 'interrupt') this.#answerLate(execution);
  }

  /** Text of the user's program. What an ended execution still says belongs to nobody (R6). */
  write(stream: StreamName, text: string): void {
    const running = this.#running;
    const owner = ownerNow() ?? running?.owner;
    if (!running || owner !== running.owner || owner.isStopped) return;
    for (const payload of toPieces(text)) this.#parts.channel.send(stream, owner.number, payload);
  }

  show(formats: Formats): void {
    const running = this.#running;
    const owner = ownerNow() ?? running?.owner;
    if (!running || owner !== running.owner || owner.isStopped || Object.keys(formats).length === 0) return;
    this.#send('result', owner.number, formats);
  }

  /** An error that nobody caught, of a timer or a promise. */
  onUncaught(error: unknown): void {
    const running = this.#running;
    const owner = ownerNow() ?? running?.owner;
    if (!running || owner !== running.owner || owner.isStopped) return;
    this.#sendFailure(owner, toFailure(error, owner.number, this.#thrownAt(error)));
  }

  /** Rewritten code throws through here. */
  thrown(value: unknown): unknown {
    if (!types.isNativeError(value)) this.#thrown = { value, stack: new Error('here').stack ?? '' };
    return value;
  }

  onInterrupt(): void {
    if (this.#running) this.#send('interrupted', this.#running.owner.number);
  }

  onStopping(stack: string): void {
    const running = this.#running;
    if (!running) return;
    running.owner.isStopped = true;
    running.stoppedAt ||= stack;
  }

  onStopped(): void {
    if (!this.#running) return;
    this.#running.owner.isStopped = true;
    this.#finish(this.#running);
  }

  async #execute(number: number, request: Request): Promise<void> {
    const running = this.#begin(number, request);
    const failure = await this.#run(running, request).catch((error: unknown) => toFailure(error, number));
    if (failure) this.#sendFailure(running.owner, failure);
    // Promises that nobody handled are told first.
    later(() => this.#finish(running));
  }

  #begin(number: number, request: Request): Running {
    const { channel, modules } = this.#parts;
    channel.begin(number, request.marker);
    const restore = setVariables(request.env ?? {}, request.envVars);
    const owner = { number, isStopped: false };
    this.#running = { owner, charts: request.charts, restore, stoppedAt: '', hasEnded: false };
    this.#thrown = undefined;
    modules.begin(cellName(number));
    this.#gate?.begin();
    return this.#running;
  }

  async #run({ owner, charts }: Running, { code, language }: Request): Promise<Failure | undefined> {
    const { number } = owner;
    const stripped: ReturnType<typeof stripTypes> =
      language === 'typescript' ? stripTypes(code) : { code, map: undefined };
    if ('problem' in stripped) return toSyntaxFailure(stripped.problem, code, number);
    const piece = rewriteCode(stripped.code, this.#declared);
    if ('problem' in piece) return toSyntaxFailure(piece.problem, stripped.code, number);
    this.#remember(number, stripped, piece);
    const evaluated = await this.#evaluate(owner, piece);
    if (evaluated === 'stopped') return undefined;
    if ('error' in evaluated) {
      this.#forget(piece);
      const { error, line } = evaluated;
      const failure = toFailure(error, number, this.#thrownAt(error));
      return failure.lineNumber === undefined && line !== undefined ? { ...failure, lineNumber: line } : failure;
    }
    if (piece.hasResult && evaluated.value !== undefined) {
      this.show(await runAs(owner, () => toFormats(evaluated.value, charts)));
    }
    return undefined;
  }

  async #evaluate(owner: Owner, piece: Piece): Promise<Evaluated> {
    const { evaluator, modules } = this.#parts;
    const name = cellName(owner.number);
    const values: Array<readonly [string, unknown]> = [];
    for (const wanted of piece.imports) {
      try {
        values.push(...(await runAs(owner, () => modules.bind(wanted))));
      } catch (error) {
        return { error, line: wanted.line };
      }
    }
    if (piece.declare.length > 0) await evaluator.evaluate(`let ${piece.declare.join()};`, 'declare');
    if (values.length > 0) await evaluator.assign(values);
    this.#declare(piece);
    if (piece.functions !== undefined) await evaluator.evaluate(piece.functions, name);
    const evaluated = await runAs(owner, () => evaluator.evaluate(piece.body, name));
    if (evaluated === 'stopped' || 'error' in evaluated || !piece.hasResult || !types.isPromise(evaluated.value))
      return evaluated;
    try {
      return { value: await evaluated.value };
    } catch (error) {
      return { error, line: undefined };
    }
  }

  #remember(number: number, { code, map }: Stripped, { edits }: Piece): void {
    if (edits.length > 0 || map) this.#parts.cells.add(cellName(number), { code, edits, map });
  }

  #declare({ names, constants }: Piece): void {
    for (const name of names) {
      this.#declared.names.add(name);
      if (constants.has(name)) this.#declared.constants.add(name);
      else this.#declared.constants.delete(name);
    }
  }

  /** What the piece declares may have no value. */
  #forget({ names, declare }: Piece): void {
    for (const name of names) if (!declare.includes(name)) this.#declared.names.delete(name);
  }

  #thrownAt(error: unknown): string | undefined {
    return this.#thrown?.value === error ? this.#thrown?.stack : undefined;
  }

  #finish(running: Running): void {
    if (running.hasEnded) return;
    const { owner } = running;
    const { channel } = this.#parts;
    this.#gate?.enter();
    this.#streams?.end();
    running.hasEnded = true;
    running.restore();
    if (owner.isStopped) this.#send('error', owner.number, toInterruption(running.stoppedAt, owner.number));
    const leftover = this.#gate?.end();
    this.#running = undefined;
    this.#send('done', owner.number);
    this.#gate?.leave();
    if (leftover?.length) channel.take(leftover);
    channel.listen();
  }

  /** An interrupt between executions: the host has ended the processes of one, and wants to know when all that they wrote was read. */
  #answerLate(execution: number): void {
    this.#parts.channel.isRawPossible = true;
    this.#send('interrupted', execution);
  }

  #sendFailure(owner: Owner, failure: Failure): void {
    if (!owner.isStopped) this.#send('error', owner.number, failure);
  }

  #send(kind: Frame['kind'], execution: number, value?: object): void {
    const payload = value === undefined ? Buffer.alloc(0) : Buffer.from(stringify(value));
    this.#parts.channel.send(kind, execution, payload);
  }
}
