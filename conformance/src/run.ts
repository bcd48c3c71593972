import type { ExecutionEvent } from '@quicksand/protocol';

/** An event, its id, and when it arrived at the reader (milliseconds since 1970). */
export interface SeenEvent {
  readonly id: number;
  readonly event: ExecutionEvent;
  readonly at: number;
}

/** What an execution did, as its reader saw it. */
export class Run {
  readonly seen: readonly SeenEvent[];

  constructor(seen: readonly SeenEvent[]) {
    this.seen = seen;
  }

  get events(): ExecutionEvent[] {
    return this.seen.map(({ event }) => event);
  }

  /** All text, of both streams, in the order in which it came. */
  get text(): string {
    return this.#join('stdout', 'stderr');
  }

  get stdout(): string {
    return this.#join('stdout');
  }

  get stderr(): string {
    return this.#join('stderr');
  }

  get results(): ExecutionEvent[] {
    return this.events.filter(({ type }) => type === 'result');
  }

  get errors(): ExecutionEvent[] {
    return this.events.filter(({ type }) => type === 'error');
  }

  /** The one error. Throws when there is none, or more than one. */
  get error(): ExecutionEvent {
    const [error, second] = this.errors;
    if (!error || second) throw new Error(`${this.errors.length} errors: ${JSON.stringify(this.summary)}`);
    return error;
  }

  /** The `execution_complete` that every stream ends with (R3). */
  get end(): ExecutionEvent {
    const last = this.seen.at(-1)?.event;
    if (last?.type !== 'execution_complete')
      throw new Error(`R3: the stream was cut off: ${JSON.stringify(this.summary)}`);
    return last;
  }

  /** What came in which order, where the pieces that text came in do not matter: `['stdout a\nb\n', 'result 1', 'error ValueError']`. */
  get order(): string[] {
    const order: { type: string; text: string }[] = [];
    for (const { type, text = '', ename } of this.events) {
      if (type === 'execution_complete') continue;
      const last = order.at(-1);
      if (last && last.type === type && (type === 'stdout' || type === 'stderr')) last.text += text;
      else order.push({ type, text: ename ?? text });
    }
    return order.map(({ type, text }) => `${type} ${text}`);
  }

  /** A short form, for messages of failed cases. */
  get summary(): unknown {
    return this.events.slice(-20).map((event) => JSON.stringify(event).slice(0, 300));
  }

  #join(...types: string[]): string {
    let text = '';
    for (const { event } of this.seen) if (types.includes(event.type)) text += event.text ?? '';
    return text;
  }
}
