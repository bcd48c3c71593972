import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { encodeSSE, heartbeat } from '@quicksand/protocol';

/** How the connection to a host ends in the middle of a stream. */
export type Cut = 'reset' | 'close';

/** A server that begins every stream as a host does, and then dies: after the first event the connection is cut, and nobody listens any more. */
export async function openBrokenHost(cut: Cut): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    void answer(socket, cut).then(() => server.close());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(socket: Socket, cut: Cut): Promise<void> {
  await once(socket, 'data');
  const head = ['HTTP/1.1 200 OK', 'Content-Type: text/event-stream; charset=utf-8', 'Transfer-Encoding: chunked'];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  for (const part of [heartbeat, encodeSSE(1, { type: 'stdout', text: 'begun\n', timestamp: Date.now() })])
    await write(socket, Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]));
  // What was written must be on its way before the connection is cut.
  await new Promise((resolve) => setTimeout(resolve, 50));
  if (cut === 'reset') socket.resetAndDestroy();
  else socket.end();
}

function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve())));
}
