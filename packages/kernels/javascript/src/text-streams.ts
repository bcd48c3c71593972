import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

// process.stdout and process.stderr of the user's program: live, in order, and whole characters (R1, R2, R5).

/** Which of the two. */
export type StreamName = 'stdout' | 'stderr';

/** Takes text, which is never empty. */
export type TextSink = (stream: StreamName, text: string) => void;

const descriptors = { stdout: 1, stderr: 2 } as const;

/** Makes `process.stdout`, `process.stderr` and `console` write to a sink, at once. */
export class TextStreams {
  readonly #decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  readonly #sink: TextSink;
  readonly #streams: Record<StreamName, Writable>;

  constructor(sink: TextSink) {
    this.#sink = sink;
    this.#streams = { stdout: this.#open('stdout'), stderr: this.#open('stderr') };
    for (const name of ['stdout', 'stderr'] as const)
      Object.defineProperty(process, name, { get: () => this.#streams[name], configurable: true, enumerable: true });
    globalThis.console = withRest(new Console({ ...this.#streams, ignoreErrors: true }));
  }

  /** The execution ends: what began a character and was never completed is U+FFFD. */
  end(): void {
    for (const name of ['stdout', 'stderr'] as const) {
      const rest = this.#decoders[name].end();
      if (rest !== '') this.#sink(name, rest);
    }
  }

  #open(name: StreamName): Writable {
    const decoder = this.#decoders[name];
    const stream = new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, encoding, done): void => {
        const isText = typeof chunk === 'string' && (encoding === 'utf8' || (encoding as string) === 'utf-8');
        const text = isText
          ? chunk
          : decoder.write(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk));
        if (text !== '') this.#sink(name, text);
        done();
      },
    });
    // They last as long as the kernel, whatever is piped into them.
    const end = function (this: Writable, chunk?: unknown, encoding?: unknown, done?: unknown): Writable {
      if (chunk !== undefined && chunk !== null && typeof chunk !== 'function')
        this.write(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
      const callback = [chunk, encoding, done].find((given) => typeof given === 'function') as (() => void) | undefined;
      if (callback) process.nextTick(callback);
      return this;
    };
    return Object.assign(stream, { fd: descriptors[name], _type: 'pipe', end, destroy: () => stream });
  }
}

/** What the global console has and a new one lacks. */
function withRest(own: Console): Console {
  const rest = Object.entries(Object.getOwnPropertyDescriptors(globalThis.console));
  for (const [name, descriptor] of rest) if (!(name in own)) Object.defineProperty(own, name, descriptor);
  return own;
}
