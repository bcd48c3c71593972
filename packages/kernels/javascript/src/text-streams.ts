import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { tick } from './later.ts';
import { toBytes } from './plain-text.ts';
import { forUser, tryForUser, withOwnMethods } from './user-realm.ts';

// process.stdout and process.stderr of the user's program: live, in order, and whole characters (R1, R2, R5).

/** Which of the two. */
export type StreamName = 'stdout' | 'stderr';

/** Takes text, which is never empty. */
export type TextSink = (stream: StreamName, text: string) => void;

const descriptors = { stdout: 1, stderr: 2 } as const;

/** Makes `process.stdout`, `process.stderr` and `console` write to a sink, at once. */
export class TextStreams {
  readonly #decoders = { stdout: withOwnMethods(new StringDecoder()), stderr: withOwnMethods(new StringDecoder()) };
  readonly #sink: TextSink;
  readonly #streams: Record<StreamName, Writable>;

  constructor(sink: TextSink) {
    this.#sink = sink;
    this.#streams = { stdout: this.#open('stdout'), stderr: this.#open('stderr') };
    for (const name of ['stdout', 'stderr'] as const)
      Object.defineProperty(process, name, { get: () => this.#streams[name], configurable: true, enumerable: true });
    globalThis.console = withRest(new Console({ ...this.#streams, ignoreErrors: false }));
  }

  /** The execution ends: what began a character and was never completed is U+FFFD. */
  end(): void {
    for (const name of ['stdout', 'stderr'] as const) {
      const rest = this.#decoders[name].end();
      if (rest !== '') this.#sink(name, rest);
    }
  }

  /** A stream without a state that an interrupt could break: what is written is gone at once. */
  #open(name: StreamName): Writable {
    const stream = new Writable({ decodeStrings: false, emitClose: false, autoDestroy: false });
    // Whoever pipes something into them leaves listeners.
    stream.setMaxListeners(0);
    const refuse = stream.write.bind(stream) as (chunk: unknown) => boolean;
    const write = (chunk: unknown, ...rest: readonly unknown[]): boolean => {
      if (!isText(chunk)) return refuse(chunk);
      const encoding = typeof rest[0] === 'string' ? (rest[0] as BufferEncoding) : 'utf8';
      const text = this.#decode(name, chunk, encoding);
      if (text !== '') tryForUser(() => this.#sink(name, text));
      callLast(rest);
      return true;
    };
    // They last as long as the kernel, whatever is piped into them.
    const end = (...given: readonly unknown[]): Writable => {
      const [chunk] = given;
      if (isText(chunk)) write(chunk, given[1]);
      callLast(given);
      // Who waits for all to be written need not wait.
      tick(() => stream.emit('finish'));
      return stream;
    };
    return Object.assign(stream, {
      fd: descriptors[name],
      _type: 'pipe',
      write: forUser(write),
      end: forUser(end),
      destroy: forUser(() => stream),
    });
  }

  #decode(name: StreamName, chunk: string | NodeJS.ArrayBufferView, encoding: BufferEncoding): string {
    if (typeof chunk === 'string' && /^utf-?8$/i.test(encoding)) return chunk;
    return this.#decoders[name].write(typeof chunk === 'string' ? toBytes(chunk, encoding) : chunk);
  }
}

function isText(chunk: unknown): chunk is string | NodeJS.ArrayBufferView {
  return typeof chunk === 'string' || ArrayBuffer.isView(chunk);
}

/** The callback that is the last of what was given. */
function callLast(given: readonly unknown[]): void {
  const last = given.at(-1);
  if (typeof last === 'function') tick(last as () => void);
}

/** What the global console has and a new one lacks. */
function withRest(own: Console): Console {
  const rest = Object.entries(Object.getOwnPropertyDescriptors(globalThis.console));
  for (const [name, descriptor] of rest) if (!(name in own)) Object.defineProperty(own, name, descriptor);
  return own;
}
