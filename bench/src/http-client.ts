import { Agent, request as send } from 'node:http';

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
/** The end event is short; it comes in one chunk, or in two. */
const tailBytes = 1024;

/** A client over kept connections that does as little as it can: what it costs itself is in every floor over HTTP, too. */
export class HttpClient {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Infinity });

  constructor(url: string, token?: string) {
    this.#url = new URL(url);
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
    let tail: Buffer = Buffer.alloc(0);
    const started = performance.now();
    await this.send('POST', `/v1/sandboxes/${sandbox}/executions`, body, (chunk) => {
      const at = performance.now() - started;
      bytes += chunk.length;
      if (first === undefined && chunk.includes(stdout)) first = at;
      tail = chunk.length >= tailBytes ? chunk : Buffer.concat([tail, chunk]);
      if (end === undefined && tail.includes(complete)) end = at;
      if (tail.length > tailBytes) tail = Buffer.from(tail.subarray(-tailBytes));
      onChunk(chunk, at);
    });
    const last = tail.toString('latin1');
    if (end === undefined || !last.includes('"outcome":"ok"'))
      throw new Error(`${JSON.stringify(body).slice(0, 200)} ended with ${last}`);
    const usage = (field: string): number => Number(new RegExp(`"${field}":([\\d.]+)`).exec(last)?.[1]);
    return {
      ...(first !== undefined && { first }),
      ...{ end, bytes, wallMs: usage('wallMs'), cpuMs: usage('cpuMs') },
      peakMemoryMB: usage('peakMemoryBytes') / 1_000_000,
    };
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
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const { hostname, port } = this.#url;
    const headers = { ...this.#headers, ...(content && { 'Content-Length': content.length }) };
    return new Promise((resolve, reject) => {
      const request = send({ hostname, port, method, path, headers, agent: this.#agent }, (response) => {
        const failed = (response.statusCode ?? 500) >= 400;
        const complaint: Buffer[] = [];
        response.on('data', (chunk: Buffer) => (failed ? void complaint.push(chunk) : onChunk(chunk)));
        response.on('error', reject);
        response.on('end', () => {
          if (failed)
            reject(new Error(`${method} ${path}: ${response.statusCode} ${Buffer.concat(complaint).toString()}`));
          else resolve();
        });
      });
      request.on('error', reject);
      request.end(content);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
