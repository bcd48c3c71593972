import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeSSE } from '@quicksand/protocol';

/** A request as it arrived. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  // oxlint-disable-next-line no-explicit-any -- whatever the test expects
  readonly body: any;
}

/** How one request is answered. */
export type Answer = (response: ServerResponse, arrival: Arrival) => unknown;

/** A real HTTP server that answers as its test says; it stands for any server. */
export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly arrivals: Arrival[];
  /** Resolves with the first request of that method, also one that is already there. */
  arrival(method: string): Promise<Arrival>;
  /** Resolves when the client has closed a connection before its answer had ended. */
  readonly left: Promise<void>;
  /** Resolves when no connection is open: at once when none came. */
  quiet(): Promise<void>;
}

/** Opens a server. `answers` are by method; a list is used up one by one, its last for ever. */
export async function openScriptedServer(answers: Record<string, Answer | Answer[]>): Promise<ScriptedServer> {
  const arrivals: Arrival[] = [];
  const waiting: (() => void)[] = [];
  const left = Promise.withResolvers<void>();
  const connections = new Set<Promise<void>>();
  const server = createServer(async (request, response) => {
    response.on('close', () => response.writableFinished || left.resolve());
    const text = await readText(request);
    if (text === undefined) return;
    const { method = '', url: path = '', headers } = request;
    const arrival = { method, path, headers, body: text && (JSON.parse(text) as unknown) };
    arrivals.push(arrival);
    for (const notify of waiting.splice(0)) notify();
    const script = answers[method] ?? sendJson(200, { interrupted: true });
    const answer = Array.isArray(script) ? (script.length > 1 ? script.shift() : script[0]) : script;
    await answer?.(response, arrival);
  });
  server.on('connection', (socket) => {
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    connections.add(closed);
    void closed.then(() => connections.delete(closed));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const arrival = async (method: string): Promise<Arrival> => {
    for (;;) {
      const found = arrivals.find((one) => one.method === method);
      if (found) return found;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    arrival,
    left: left.promise,
    quiet: async () => {
      while (connections.size > 0) await Promise.all(connections);
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The whole body; undefined when the client left before it was sent. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  let text = '';
  try {
    for await (const chunk of request) text += String(chunk);
    return text;
  } catch {
    return undefined;
  }
}

const streamHeaders = { 'Content-Type': 'text/event-stream; charset=utf-8' };

/** Events with ids from `from`; the stream then ends. */
export function sendEvents(
  events: readonly object[],
  { from = 1, headers = {} }: { from?: number; headers?: Record<string, string> } = {},
): Answer {
  return (response) => {
    response.writeHead(200, { ...streamHeaders, ...headers });
    events.forEach((event, n) => response.write(encodeSSE(from + n, event)));
    response.end();
  };
}

/** Events, and then the connection is reset in the middle of a frame. */
export function sendAndReset(events: readonly object[], from = 1): Answer {
  return (response) => {
    response.writeHead(200, streamHeaders);
    response.write(': \n\n');
    events.forEach((event, n) => response.write(encodeSSE(from + n, event)));
    response.write('id: 99\ndata: {"type":"std', () => response.socket?.resetAndDestroy());
  };
}

/** Events, and then nothing more. */
export function sendAndHang(events: readonly object[]): Answer {
  return (response) => {
    response.writeHead(200, streamHeaders);
    response.write(': \n\n');
    events.forEach((event, n) => response.write(encodeSSE(1 + n, event)));
  };
}

/** No answer at all: the connection is reset. */
export const reset: Answer = (response) => void response.socket?.resetAndDestroy();

/** No answer, ever. */
export const hang: Answer = () => {};

export function sendJson(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function sendText(
  status: number,
  body: string,
  headers: Record<string, string> = { 'Content-Type': 'text/html' },
): Answer {
  return (response) => response.writeHead(status, headers).end(body);
}

export const out = (text: string) => ({ type: 'stdout', text, timestamp: 7 });
export const complete = {
  type: 'execution_complete',
  timestamp: 9,
  execution_count: 3,
  outcome: 'ok',
  state: 'kept',
  usage: { wallMs: 1, cpuMs: 1, peakMemoryBytes: 1 },
};
