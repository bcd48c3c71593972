import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { requestLimits } from '@quicksand/protocol';
import { toDrainable } from './drainable-request.ts';
import { isDownload } from './is-download.ts';
import { sendDownload } from './send-download.ts';
import type { HttpCall } from './stream-response.ts';

/** A Fetcher that may answer over the connection of the call itself, where there is one. */
export interface HttpFetcher {
  fetch(request: Request, http?: HttpCall): Promise<Response>;
}

/** Where a host is served. */
export interface ListenOptions {
  /** Default 7070; 0 takes a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly hostname?: string;
}

/** A host that is served over HTTP. */
export interface Listener extends AsyncDisposable {
  readonly url: string;
}

/** How long a connection is kept that nobody uses, in milliseconds. */
const keepAliveMs = 65_000;

/** Serves a host over HTTP. Rejects when the address cannot be had. Closing it does not close the host. */
export async function listen(
  host: HttpFetcher,
  { port = 7070, hostname = '127.0.0.1' }: ListenOptions = {},
): Promise<Listener> {
  const server = createAdaptorServer({
    fetch: (request, { outgoing }) => toHttp(host, request, { outgoing: outgoing as ServerResponse }),
    overrideGlobalObjects: false,
    // For who does not say which host is meant, as HTTP/1.0 allows.
    hostname: 'localhost',
  });
  // An upload may take longer than Node's five minutes; one that stands still ends by the limit fileIdleMs.
  (server as Server).requestTimeout = 0;
  // Longer than clients keep a connection that nobody uses: whoever asks in the moment in which it is closed gets no answer.
  (server as Server).keepAliveTimeout = keepAliveMs;
  server.on('connection', (socket: Socket) => socket.setNoDelay(true));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, hostname, resolve);
  });
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    [Symbol.asyncDispose]: () => close(server as Server),
  };
}

/** Lets answers that have ended reach their clients, and cuts off what has not after a second. */
async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), 1000);
  await closed;
  clearTimeout(cut);
}

/** What HTTP asks for beside the host's answer. */
async function toHttp(host: HttpFetcher, received: Request, http: HttpCall): Promise<Response> {
  // Who is refused while still sending may see a broken connection, and no answer.
  const isLong = Number(received.headers.get('Content-Length') ?? 0) > requestLimits.bodyBytes;
  const upload = received.method === 'PUT' || isLong ? toDrainable(received) : undefined;
  const response = await host.fetch(upload?.request ?? received, http);
  if (http.outgoing && isDownload(response)) return sendDownload(response, http.outgoing);
  // So that its headers go out at once. HTTP/1.0 has no chunks.
  const hasChunks = http.outgoing?.req.httpVersion !== '1.0';
  if (hasChunks && response.headers.get('Content-Type')?.startsWith('text/event-stream'))
    response.headers.set('Transfer-Encoding', 'chunked');
  if (upload && !response.ok) {
    response.headers.set('Connection', 'close');
    await upload.drain();
  }
  return response;
}
