import { type ErrorBody, type Operation, SandboxError, routePath, routes } from '@quicksand/protocol';
import type { Target } from './target.ts';

/** What a request carries beside its method and path. */
export interface Sending {
  /** A value that is sent as JSON, or the text of a body as it is. */
  readonly body?: unknown;
  readonly text?: string;
  /** A body that is no JSON. */
  readonly bytes?: RequestInit['body'];
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Instead of the target's own; `null` sends none. */
  readonly token?: string | null;
}

/** An answer whose body is JSON, read. */
export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** The raw HTTP protocol over a Fetcher: requests as they are written, answers as they come. */
export class Client {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  send(
    method: string,
    path: string,
    { body, text, bytes, headers = {}, signal, token }: Sending = {},
  ): Promise<Response> {
    const bearer = token === undefined ? this.#target.token : token;
    const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const request = new Request(`http://sandbox${path}`, {
      method,
      headers: {
        ...(content !== undefined && { 'Content-Type': 'application/json' }),
        ...(bearer && { Authorization: `Bearer ${bearer}` }),
        ...headers,
      },
      ...(content !== undefined && { body: content }),
      ...(bytes !== undefined && { body: bytes, duplex: 'half' }),
      ...(signal && { signal }),
    });
    return this.#target.fetcher.fetch(request);
  }

  async json<T = Record<string, unknown>>(method: string, path: string, sending?: Sending): Promise<Answer<T>> {
    const response = await this.send(method, path, sending);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as T,
    };
  }

  /** The answer of an operation. Throws the `SandboxError` of an answer that is not a success. */
  async call<T>(operation: Operation, parameters: Readonly<Record<string, string>>, body?: unknown): Promise<T> {
    const { method } = routes[operation];
    const answer = await this.json<T>(method, routePath(operation, parameters), {
      ...(body !== undefined && { body }),
    });
    if (answer.status >= 400)
      throw SandboxError.fromBody(answer.body as ErrorBody) ?? new Error(`status ${answer.status}`);
    return answer.body;
  }
}
