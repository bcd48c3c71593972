import { type Dispatcher, Pool } from 'undici';

/** How one execution went, in milliseconds since its request was sent. */
export interface Timing {
  /** The first chunk with text of the code; undefined where it printed nothing. */
  readonly first?: number;
  /** The chunk with the end event. */
  readonly end: number;
  readonly bytes: number;
  /** What the host says of the execution: the time from its start to its end, the kernel's processor time, the most memory that it held. */
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMemoryMB: number;
}

/** What is read of a stream beside its times. */
export type OnChunk = (chunk: Buffer, at: number) => void;

const stdout = Buffer.from('data: {"type":"stdout"');
const complete = Buffer.from('data: {"type":"execution_complete"');
const ok = /"outcome":"ok".*"wallMs":([\d.]+),"cpuMs":([\d.]+),"peakMemoryBytes":(\d+)/;
const nothing = Buffer.alloc(0);
/** The end event is short; it comes in one chunk, or in two. */
const tailBytes = 1024;

/** A client over kept connections that does as little as it can: what it costs itself is in every floor over HTTP, too. */
export class HttpClient {
  /** One connection for each request that is under way. */
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, token?: string) {
    this.#pool = new Pool(url);
    this.#headers = {
      'Content-Type': 'application/json',
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    };
  }

  /** Runs code and reads its stream to the end. Throws when it did not run to its end without error. */
  async run(sandbox: string, body: object, onChunk: OnChunk = () => {}): Promise<Timing> {
    let first: number | undefined;
    let end: number | undefined;
    let bytes = 0;
    let tail: Buffer = nothing;
    const started = performance.now();
    await this.send('POST', `/v1/sandboxes/${sandbox}/executions`, body, (chunk) => {
      const at = performance.now() - started;
      bytes += chunk.length;
      if (first === undefined && chunk.includes(stdout)) first = at;
      tail = tail.length === 0 || chunk.length >= tailBytes ? chunk : Buffer.concat([tail, chunk]);
      if (end === undefined && tail.includes(complete)) end = at;
      if (tail.length > tailBytes) tail = Buffer.from(tail.subarray(-tailBytes));
      onChunk(chunk, at);
    });
    const last = tail.toString('latin1');
    const usage = ok.exec(last);
    if (end === undefined || !usage) throw new Error(`${JSON.stringify(body).slice(0, 200)} ended with ${last}`);
    const [, wallMs, cpuMs, peakMemoryBytes] = usage.map(Number) as [number, number, number, number];
    return { ...(first !== undefined && { first }), end, bytes, wallMs, cpuMs, peakMemoryMB: peakMemoryBytes / 1e6 };
  }

  /** The answer to a request, as JSON where it is. Throws for one that is no success. */
  async json<T>(method: string, path: string, body?: object): Promise<T> {
    const parts: Buffer[] = [];
    await this.send(method, path, body, (chunk) => void parts.push(chunk));
    const text = Buffer.concat(parts).toString();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Sends a request and hands on its answer; settles when that has ended. */
  send(method: string, path: string, body?: object, onChunk: (chunk: Buffer) => void = () => {}): Promise<void> {
    const request: Dispatcher.DispatchOptions = {
      ...{ path, headers: this.#headers },
      method: method as Dispatcher.HttpMethod,
      ...(body && { body: JSON.stringify(body) }),
    };
    return new Promise((resolve, reject) => {
      let status = 0;
      const complaint: Buffer[] = [];
      this.#pool.dispatch(request, {
        onRequestStart() {},
        onResponseStart(_, statusCode) {
          status = statusCode;
        },
        onResponseData: (_, chunk) => (status >= 400 ? void complaint.push(chunk) : onChunk(chunk)),
        onResponseEnd() {
          if (status < 400) resolve();
          else reject(new Error(`${method} ${path}: ${status} ${Buffer.concat(complaint).toString()}`));
        },
        onResponseError: (_, error) => reject(error),
      });
    });
  }

  close(): void {
    void this.#pool.destroy();
  }
}
