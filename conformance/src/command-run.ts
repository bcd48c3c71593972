import {
  type CommandEvent,
  type CommandRequest,
  type ErrorBody,
  type ProcessEvent,
  SandboxError,
  commandEventSchema,
  decodeSSE,
  processEventSchema,
} from '@quicksand/protocol';
import type { Box } from './box.ts';
import type { Client } from './client.ts';

/** An event of a command or of a process. */
export type AnyCommandEvent = CommandEvent | ProcessEvent;

/** The end of a command, or of a process. */
export interface CommandEnd {
  readonly exitCode: number;
  readonly signal?: string;
}

/** Reads the events of one command or process as they arrive, and checks what is true of every stream. */
export class CommandReader {
  readonly commandId: string;
  readonly events: AnyCommandEvent[] = [];
  /** Held on to: Node's fetch cancels an unread body when its response has been garbage-collected. */
  readonly response: Response;
  readonly #messages: ReturnType<typeof decodeSSE<AnyCommandEvent>>;
  readonly #abort = new AbortController();
  #lastId: number | undefined;

  constructor(response: Response, after?: number) {
    if (!response.body) throw new Error('an answer without a body');
    this.response = response;
    this.commandId = response.headers.get('Quicksand-Command-Id') ?? '';
    this.#lastId = after;
    this.#messages = decodeSSE<AnyCommandEvent>(response.body, { signal: this.#abort.signal });
  }

  get lastId(): number {
    return this.#lastId ?? 0;
  }

  /** The next event; undefined at the end of the stream. */
  async next(): Promise<AnyCommandEvent | undefined> {
    const { done, value } = await this.#messages.next();
    if (done) return undefined;
    const { id = 0, event } = value;
    const schema = 'processId' in event ? processEventSchema : commandEventSchema;
    schema.parse(event);
    if (this.#lastId !== undefined && id !== this.#lastId + 1)
      throw new Error(`R7: event ${id} came after event ${this.#lastId}`);
    const before = this.events.at(-1)?.type;
    if (before === 'complete' || before === 'exit') throw new Error(`R3: ${event.type} came after ${before}`);
    this.#lastId = id;
    this.events.push(event);
    return event;
  }

  text(...streams: string[]): string {
    let text = '';
    for (const event of this.events) {
      if ((event.type === 'stdout' || event.type === 'stderr') && streams.includes(event.type)) text += event.data;
    }
    return text;
  }

  get stdout(): string {
    return this.text('stdout');
  }

  get stderr(): string {
    return this.text('stderr');
  }

  /** The name of the error that the host wrote; undefined where there is none. */
  get ename(): string | undefined {
    const error = this.events.find((event) => event.type === 'error');
    return error?.ename as string | undefined;
  }

  /** The last event. Throws where the stream was cut off (R3). */
  get end(): CommandEnd {
    const last = this.events.at(-1);
    if (last?.type !== 'complete' && last?.type !== 'exit')
      throw new Error(`R3: the stream was cut off: ${JSON.stringify(this.events).slice(-2000)}`);
    return last as CommandEnd;
  }

  /** Reads until `text` was written to either stream. Throws when the stream ends before. */
  async until(text: string): Promise<this> {
    while (!this.text('stdout', 'stderr').includes(text)) {
      if (!(await this.next()))
        throw new Error(`the stream ended before ${text}: ${JSON.stringify(this.events).slice(-2000)}`);
    }
    return this;
  }

  /** Reads to the end. */
  async rest(): Promise<this> {
    while (await this.next());
    void this.end;
    return this;
  }

  /** Goes away as a client does that loses interest. */
  async cancel(): Promise<void> {
    this.#abort.abort(new Error('cancelled by the test'));
    await this.#messages.next().catch(() => undefined);
  }
}

type Command = CommandRequest['command'];

/** Starts a command; settles when the stream has opened. Throws the `SandboxError` of an answer that is not a success. */
export async function startCommand(
  client: Client,
  box: Box,
  command: Command,
  fields: Partial<CommandRequest> = {},
): Promise<CommandReader> {
  return openReader(await client.send('POST', `${box.path}/commands`, { body: { command, ...fields } }), 0);
}

/** Opens a stream of events. Throws the `SandboxError` of an answer that is not a success. */
export async function openReader(response: Response, after?: number): Promise<CommandReader> {
  if (response.ok) return new CommandReader(response, after);
  throw SandboxError.fromBody((await response.json()) as ErrorBody) ?? new Error(`status ${response.status}`);
}

/** A command for the shell that waits for something that only the reader of the stream can cause: see {@link openShellGate}. */
export const waitAtShellGate = 'while [ ! -e /workspace/.gate ]; do sleep 0.01; done';

/** Lets a command go on that waits at the gate. */
export async function openShellGate(client: Client, box: Box): Promise<void> {
  const { end } = await (await startCommand(client, box, 'touch /workspace/.gate')).rest();
  if (end.exitCode !== 0) throw new Error('the gate could not be opened');
}
