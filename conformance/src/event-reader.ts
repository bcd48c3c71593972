import { type ExecutionEvent, decodeSSE, executionEventSchema } from '@quicksand/protocol';
import { Run, type SeenEvent } from './run.ts';

/** Reads the events of one execution as they arrive, and checks what is true of every stream. */
export class EventReader {
  readonly executionId: string;
  /** Everything that was read until now. */
  readonly seen: SeenEvent[] = [];
  /** Held on to: Node's fetch cancels an unread body when its response has been garbage-collected. */
  readonly response: Response;
  readonly #messages: ReturnType<typeof decodeSSE<ExecutionEvent>>;
  readonly #abort = new AbortController();
  #lastId: number;

  constructor(response: Response, after = 0) {
    if (!response.body) throw new Error('an answer without a body');
    this.response = response;
    this.executionId = response.headers.get('Quicksand-Execution-Id') ?? '';
    this.#lastId = after;
    this.#messages = decodeSSE<ExecutionEvent>(response.body, { signal: this.#abort.signal });
  }

  get lastId(): number {
    return this.#lastId;
  }

  /** The next event; undefined at the end of the stream. */
  async next(): Promise<SeenEvent | undefined> {
    const { done, value } = await this.#messages.next();
    if (done) return undefined;
    const at = Date.now();
    const { id, event } = value;
    executionEventSchema.parse(event);
    if (id !== this.#lastId + 1) throw new Error(`R7: event ${id} came after event ${this.#lastId}`);
    if (this.seen.at(-1)?.event.type === 'execution_complete')
      throw new Error(`R3: ${event.type} came after execution_complete`);
    this.#lastId = id;
    const seen = { id, event, at };
    this.seen.push(seen);
    return seen;
  }

  /** Reads until `text` was written to either stream. Throws when the stream ends before. */
  async until(text: string): Promise<this> {
    return this.untilSeen(text, () => new Run(this.seen).text.includes(text));
  }

  /** Reads until an event that `isIt` accepts was seen. Throws when the stream ends before. */
  async untilSeen(name: string, isIt: (event: ExecutionEvent) => boolean): Promise<this> {
    for (;;) {
      const last = this.seen.at(-1);
      if (last && isIt(last.event)) return this;
      if (!(await this.next()))
        throw new Error(`the stream ended before ${name}: ${JSON.stringify(this.seen).slice(0, 2000)}`);
    }
  }

  /** Reads to the end. Throws when the stream does not end with `execution_complete` (R3). */
  async rest(): Promise<Run> {
    while (await this.next());
    const run = new Run(this.seen);
    if (this.seen.length > 0) void run.end;
    return run;
  }

  /** Goes away as a client does that loses interest. */
  async cancel(): Promise<void> {
    this.#abort.abort(new Error('cancelled by the test'));
    await this.#messages.next().catch(() => undefined);
  }
}
