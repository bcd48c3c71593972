import type { Socket } from 'node:net';
import type { ControlGroup } from '@quicksand/isolation';
import { type Frame, type FrameKind, MalformedFrameError, SandboxError, encodeFrame } from '@quicksand/protocol';
import type { z } from 'zod';
import type { Channel } from './channel-server.ts';
import { fileFailureSchema, toFileError } from './file-errors.ts';
import { parseJson, ProtocolViolation } from './kernel-frames.ts';
import type { Log } from './log.ts';
import type { SpawnedProcess, Zygote } from './zygote.ts';

// Keeps R8 (back-pressure) for files. What the agent says is hostile input: code of the sandbox could have changed it.

/** What an agent is asked to do: see "File agents" in docs/kernel-channel.md. */
export interface FileOperation<T> {
  readonly op: string;
  readonly fields: Readonly<Record<string, unknown>> & { readonly path?: string };
  /** What the answer must be. */
  readonly answer: z.ZodType<T>;
  /** Bytes that go with it. */
  readonly upload?: ReadableStream<Uint8Array> | undefined;
  /** Whether bytes follow the answer. */
  readonly downloads?: boolean;
  /** How many, where the answer says it. */
  readonly toLength?: (answer: T) => number | undefined;
  /** Aborts when the client goes away. */
  readonly signal?: AbortSignal;
  /** How long nothing may move, in milliseconds, where that is not what is usual. */
  readonly idleMs?: number;
}

/** What came of an operation. */
export interface FileReply<T> {
  readonly answer: T;
  /** What was asked for with {@link FileOperation.downloads}; it errors when it breaks off. Cancelling it ends the agent. */
  readonly data: ReadableStream<Uint8Array>;
}

/** What a {@link FileAgent} is made of. */
export interface FileAgentParts {
  readonly key: string;
  readonly process: SpawnedProcess;
  readonly channel: Channel;
  readonly zygote: Zygote;
  /** The group of the agent alone. It is removed at its end. */
  readonly group: ControlGroup;
  /** How long nothing may move, in milliseconds. */
  readonly idleMs: number;
  readonly log: Log;
}

interface Running {
  readonly number: number;
  readonly path: string;
  readonly answer: PromiseWithResolvers<unknown>;
  readonly schema: z.ZodType;
  readonly downloads: boolean;
  readonly toLength: (answer: unknown) => number | undefined;
  /** Settles when the agent has said its last word about it. */
  readonly told: PromiseWithResolvers<void>;
  hasAnswered: boolean;
  /** Whether that word has come: frames behind it may be there before anybody who waits for `told` is heard. */
  isOver: boolean;
  controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Bytes that are still to come, where the answer has said how many. */
  left: number | undefined;
}

/** Bytes of one frame at most, and bytes that wait for a reader. */
const frameBytes = 256 * 1024;
const waitingBytes = 512 * 1024;

/** How much may come in before a whole payload is there: agents send none that is longer than a frame. */
const unfinishedBytes = 2 * 1024 * 1024;

/** How long an agent may take to end by itself, in milliseconds. */
const endGraceMs = 1000;

/** The host's end of a process that works on the files of a sandbox, inside it: one operation at a time. */
export class FileAgent {
  /** Settles when it is gone, and its group with it. */
  readonly ended: Promise<void>;
  readonly #parts: FileAgentParts;
  readonly #socket: Socket;
  #running: Running | undefined;
  #number = 0;
  #unfinished = 0;
  /** Why it can do nothing more. */
  #broken: SandboxError | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(parts: FileAgentParts) {
    this.#parts = parts;
    const { socket, decoder, frames } = parts.channel;
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#unfinished += chunk.length;
      this.#take(() => decoder.push(chunk));
    });
    const lose = (): void => this.#break('the process that works on its files ended');
    socket.once('close', lose);
    socket.resume();
    // Code of the sandbox can end it as soon as it has connected.
    if (socket.destroyed) lose();
    this.#take(() => [...frames]);
    this.ended = this.#waitForEnd();
  }

  /** True once it can do nothing more. */
  get hasEnded(): boolean {
    return this.#broken !== undefined;
  }

  /** Does one operation; `free` settles when the next one may follow. Rejects with what {@link toFileError} makes, `files_unavailable`, `upload_cut`, `transfer_stalled`. */
  call<T>(operation: FileOperation<T>): { readonly reply: Promise<FileReply<T>>; readonly free: Promise<void> } {
    const { op, fields, answer: schema, upload, downloads = false, signal } = operation;
    const { idleMs = this.#parts.idleMs } = operation;
    const running: Running = {
      number: ++this.#number,
      path: fields.path ?? '',
      answer: Promise.withResolvers(),
      schema,
      downloads,
      toLength: (answer) => operation.toLength?.(answer as T),
      told: Promise.withResolvers(),
      hasAnswered: false,
      isOver: false,
      controller: undefined,
      left: undefined,
    };
    this.#running = running;
    this.#idleTimer = setTimeout(() => this.#stall(running.path, idleMs), idleMs);
    const data = this.#openData(running);
    this.#send('operation', Buffer.from(JSON.stringify({ op, ...fields, ...(upload && { upload: true }) })));
    const cut = (): void => {
      // A download that nobody reads any more is cancelled by its reader.
      if (!running.hasAnswered) this.close(uploadCut(running.path, signal?.reason));
    };
    signal?.addEventListener('abort', cut);
    const sent = upload ? this.#upload(upload, running) : Promise.resolve();
    const free = Promise.all([sent, running.told.promise]).then(() => {
      clearTimeout(this.#idleTimer);
      signal?.removeEventListener('abort', cut);
      this.#running = undefined;
    });
    const reply = running.answer.promise.then((answer) => ({ answer: answer as T, data }));
    if (signal?.aborted) cut();
    if (this.#broken) this.#fail(running, this.#broken);
    return { reply, free };
  }

  /** Ends it. What it does is told `error`. */
  close(error: SandboxError): void {
    this.#broken ??= error;
    this.#socket.destroy();
    if (this.#running) this.#fail(this.#running, this.#broken);
  }

  #openData(running: Running): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          running.controller = controller;
        },
        pull: () => {
          if (this.#running !== running) return;
          this.#idleTimer?.refresh();
          this.#socket.resume();
        },
        cancel: () => {
          // What it still sends would have to be read: a new agent costs less.
          if (this.#running === running) this.close(unavailable('nobody reads what was asked for'));
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: waitingBytes }),
    );
  }

  #take(frames: () => Frame[]): void {
    try {
      for (const frame of frames()) {
        this.#unfinished = 0;
        this.#takeFrame(frame);
      }
      if (this.#unfinished > unfinishedBytes) throw new ProtocolViolation('a payload that is too long');
    } catch (error) {
      if (!(error instanceof ProtocolViolation || error instanceof MalformedFrameError)) throw error;
      this.#break(`the process that works on its files broke the protocol: ${error.message}`);
    }
  }

  #takeFrame({ kind, execution, payload }: Frame): void {
    const running = this.#running;
    if (!running || running.isOver || execution !== running.number)
      throw new ProtocolViolation(`a ${kind} frame that nobody asked for`);
    this.#idleTimer?.refresh();
    if (kind === 'failure') {
      const failure = parseJson(payload, fileFailureSchema, kind);
      return this.#fail(running, toFileError(failure, running.path));
    }
    if (kind === 'answer' && !running.hasAnswered) {
      const answer = parseJson(payload, running.schema, kind);
      running.left = running.toLength(answer);
      running.answer.resolve(answer);
      running.hasAnswered = true;
      if (!running.downloads) finish(running);
      return;
    }
    const isData = running.hasAnswered && running.downloads;
    if (kind === 'data' && isData && payload.length > 0) {
      this.#takeData(running, payload);
    } else if (kind === 'end' && isData && payload.length === 0) {
      endBody(running);
      finish(running);
    } else {
      throw new ProtocolViolation(`a ${kind} frame at the wrong time`);
    }
  }

  /** What is whole ends at once: an agent that dies behind it must cut no connection on which the client may already ask for something else. */
  #takeData(running: Running, payload: Uint8Array): void {
    if (running.left !== undefined) {
      running.left -= payload.length;
      if (running.left < 0) throw new ProtocolViolation('more bytes than it has announced');
    }
    running.controller?.enqueue(payload);
    if (running.left === 0) endBody(running);
    else if ((running.controller?.desiredSize ?? 0) <= 0) this.#socket.pause();
  }

  #fail(running: Running, error: SandboxError): void {
    running.answer.reject(error);
    try {
      running.controller?.error(error);
    } catch {
      // It has ended already.
    }
    finish(running);
  }

  /** Sends what is uploaded, until the agent has had enough of it. */
  async #upload(upload: ReadableStream<Uint8Array>, running: Running): Promise<void> {
    const reader = upload.getReader();
    // A read that waits ends with it.
    void running.told.promise.then(() => reader.cancel().catch(() => {}));
    try {
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        this.#idleTimer?.refresh();
        // Of an embedded host's own program it may be anything, and an ArrayBuffer would count as nothing.
        if (!(read.value instanceof Uint8Array)) throw new TypeError('a piece of it is no Uint8Array');
        for (let at = 0; at < read.value.length && !this.hasEnded; at += frameBytes)
          await this.#sendAndWait('data', read.value.subarray(at, at + frameBytes));
      }
      this.#send('end', Buffer.alloc(0));
    } catch (cause) {
      // It must not take for whole what is not: without an `end` it leaves everything as it was.
      this.close(uploadCut(running.path, cause));
    }
  }

  async #sendAndWait(kind: FrameKind, payload: Uint8Array): Promise<void> {
    if (this.#send(kind, payload)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done);
        this.#socket.off('close', done);
        resolve();
      };
      this.#socket.once('drain', done);
      this.#socket.once('close', done);
    });
    this.#idleTimer?.refresh();
  }

  /** False when no more should be sent for now. */
  #send(kind: FrameKind, payload: Uint8Array): boolean {
    if (this.#socket.destroyed) return true;
    const frames = encodeFrame({ kind, execution: this.#number, payload });
    return frames.map((frame) => this.#socket.write(frame)).every(Boolean);
  }

  #stall(path: string, idleMs: number): void {
    this.close(
      new SandboxError('transfer_stalled', {
        message: `nothing of ${path} moved for ${idleMs} ms, so it was given up`,
        hint: 'send and read without long pauses',
        details: { idleMs },
      }),
    );
  }

  #break(reason: string): void {
    const ranOut = this.#parts.group.oomKills > 0;
    this.close(unavailable(ranOut ? 'the sandbox has used up its memory, so its files cannot be worked on' : reason));
  }

  async #waitForEnd(): Promise<void> {
    const { process, zygote, key, group, log } = this.#parts;
    const closed = new Promise<void>((resolve) => {
      if (this.#socket.closed) resolve();
      else this.#socket.once('close', () => resolve());
    });
    void process.exited.then(() => this.#socket.destroy());
    await closed;
    const kill = setTimeout(() => zygote.signal(key, 'SIGKILL', true), endGraceMs);
    await process.exited;
    clearTimeout(kill);
    clearTimeout(this.#idleTimer);
    await group.close().catch((error: Error) => log('error', error.message));
  }
}

function endBody(running: Running): void {
  running.controller?.close();
  running.controller = undefined;
}

function finish(running: Running): void {
  running.isOver = true;
  running.told.resolve();
}

/** The error of an operation whose client went away before its answer, or whose upload broke off. */
export function uploadCut(path: string, cause: unknown): SandboxError {
  return new SandboxError('upload_cut', {
    message: `what was sent for ${path} broke off before its end`,
    hint: 'a file is then as it was; send it again',
    cause,
  });
}

/** The error where the files of a sandbox cannot be worked on; `why` is a whole sentence. */
export function unavailable(why: string): SandboxError {
  return new SandboxError('files_unavailable', { message: why, hint: 'try again; the next one gets a new process' });
}
