import { type Operation, SandboxError, routePath, routes } from '@quicksand/protocol';
import { type Upload, openUpload } from './open-upload.ts';
import { raceAbort } from './race-abort.ts';
import { toResponseError } from './response-error.ts';
import { toReason } from './to-reason.ts';
import type { Endpoint } from './sandbox-target.ts';

/** What a request has beside its operation. */
export interface SendOptions {
  /** Parameters of the path, beside the sandbox's id. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A body that is no JSON. */
  readonly upload?: Upload;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** The way to one sandbox: requests in, answers out. Holds no connection of its own. */
export interface Connection {
  /** What error messages call the other side. */
  readonly name: string;
  /**
   * Resolves with an answer that has the operation's own status, once its headers are there. Rejects with the signal's reason, `connection_failed`,
   * or the error of {@link toResponseError}.
   */
  send(operation: Operation, options?: SendOptions): Promise<Response>;
}

/** What the requests of a {@link Connection} carry. */
export interface ConnectionOptions {
  readonly token: string | undefined;
  /** Headers of the next request, as they are then. */
  readonly headers: () => Readonly<Record<string, string>>;
}

/** Makes the way to a sandbox. Throws `invalid_request` when the token cannot be part of a header. */
export function createConnection(
  endpoint: Endpoint,
  sandboxId: string,
  { token, headers: getHeaders }: ConnectionOptions,
): Connection {
  const authorization: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  try {
    void new Headers(authorization);
  } catch {
    throw new SandboxError('invalid_request', {
      message: 'the token has characters that a header cannot carry',
      hint: 'is there a line break in it?',
    });
  }
  return {
    name: endpoint.name,
    async send(operation, { parameters = {}, query = {}, body, upload, headers, signal } = {}) {
      signal?.throwIfAborted();
      assertText(query);
      assertNames(parameters);
      const search = new URLSearchParams(query).toString();
      const sending = openUpload(upload, signal);
      const path = routePath(operation, { sandboxId, ...parameters }) + (search && `?${search}`);
      const request = new Request(endpoint.base + path, {
        method: routes[operation].method,
        headers: {
          ...authorization,
          ...getHeaders(),
          ...headers,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...(upload !== undefined && { 'Content-Type': 'application/octet-stream' }),
        },
        // A redirected POST would become a GET, and the token would follow to a stranger.
        redirect: 'manual',
        ...(body !== undefined && { body: JSON.stringify(body) }),
        // Without `duplex` Node sends no stream.
        ...(sending.body !== undefined && { body: sending.body, duplex: 'half' }),
        ...(sending.signal && { signal: sending.signal }),
      });
      try {
        const response = await ask(endpoint, request, sending.signal);
        if (response.status === routes[operation].status) return response;
        throw await toResponseError(response, endpoint.name, signal);
      } catch (error) {
        // Nobody wants the rest.
        sending.stop(error);
        throw sending.problem() ?? error;
      }
    },
  };
}

/** Anything can become text of a URL, and would then name something else. */
function assertText(query: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(query)) {
    if (typeof value === 'string' && value.isWellFormed()) continue;
    throw new SandboxError('invalid_request', {
      message: `${name}: must be a string${typeof value === 'string' ? ' of whole characters' : `, and is ${value === null ? 'null' : typeof value}`}`,
      hint: 'was it left out, or cut in the middle of a character?',
    });
  }
}

/** The same for a part of a path, which must also be one: nothing there, `.` and `..` would name what is above it. */
function assertNames(parameters: Readonly<Record<string, unknown>>): void {
  assertText(parameters);
  for (const [name, value] of Object.entries(parameters)) {
    if (!['', '.', '..'].includes(value as string)) continue;
    throw new SandboxError('invalid_request', {
      message: `${name}: ${JSON.stringify(value)} names nothing`,
      hint: 'give the id that the host told, or that you chose',
    });
  }
}

async function ask(endpoint: Endpoint, request: Request, signal: AbortSignal | undefined): Promise<Response> {
  const where = `${request.method} ${request.url}`;
  try {
    const answer = (async () => endpoint.fetcher.fetch(request))();
    return await raceAbort(answer, signal, (late) => void late.body?.cancel().catch(() => {}));
  } catch (error) {
    signal?.throwIfAborted();
    if (SandboxError.is(error)) throw error;
    throw new SandboxError('connection_failed', {
      message: `cannot reach ${endpoint.name}: ${toReason(error)} (${where})`,
      hint: endpoint.hint,
      cause: error,
    });
  }
}
