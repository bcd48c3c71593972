import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import type { ExecutionRequest } from '@quicksand/protocol';
import type { Serve } from './open-serve.ts';

/** A client that starts code over a connection of its own and reads no further than the first event. */
export interface StalledClient {
  readonly executionId: string;
  /** Goes away without a word. */
  cut(): void;
}

/** Settles once the first event is there. From then on nothing is read. */
export async function openStalledClient(
  { url, token }: Serve,
  sandboxId: string,
  request: ExecutionRequest,
): Promise<StalledClient> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const body = JSON.stringify(request);
  socket.write(
    `POST /v1/sandboxes/${sandboxId}/executions HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  let seen = '';
  while (!seen.includes('\ndata: ')) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    seen += chunk.toString('latin1');
  }
  socket.pause();
  const executionId = /^quicksand-execution-id: (.*)\r$/im.exec(seen)?.[1];
  if (executionId === undefined) throw new Error(`no execution id: ${seen.slice(0, 500)}`);
  return { executionId, cut: () => void socket.destroy() };
}
