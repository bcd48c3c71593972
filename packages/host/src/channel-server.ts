import { chmod } from 'node:fs/promises';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { FrameDecoder, type Frame } from '@quicksand/protocol';
import { z } from 'zod';

/** A channel whose kernel has said which one it is. `frames` came right behind that. */
export interface Channel {
  readonly socket: Socket;
  readonly decoder: FrameDecoder;
  readonly frames: readonly Frame[];
  readonly problem: KernelProblem | undefined;
}

/** What a kernel says first. It may have loaded packages of the sandbox by then, so that is hostile. */
const readySchema = z.object({
  key: z.string(),
  problem: z
    .object({
      code: z.enum(['cwd_unusable', 'packages_unusable']),
      message: z.string().transform((message) => message.slice(0, 2000).toWellFormed()),
    })
    .optional(),
});

/** Why a kernel cannot start. */
export type KernelProblem = NonNullable<z.infer<typeof readySchema>['problem']>;

/** The host's listening socket for channels. Only root can connect, and no path to it exists in a sandbox. */
export interface ChannelServer extends AsyncDisposable {
  readonly path: string;
  /** Settles with the channel of the kernel that was started with `key`. Never settles when it does not connect: race it with its exit. */
  expect(key: string): Promise<Channel>;
  /** Stops waiting for `key`. */
  forget(key: string): void;
  /** Settles when all has been heard that kernels had said by now: the news of an end can overtake what a kernel said last. Where nothing more can connect, at once. */
  settle(): Promise<void>;
}

/** Listens for channels at `path`. */
export async function openChannelServer(path: string): Promise<ChannelServer> {
  const expected = new Map<string, (channel: Channel) => void>();
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const decoder = new FrameDecoder();
    const onData = (chunk: Buffer): void => {
      const [first, ...frames] = decodeOrNothing(decoder, chunk);
      if (!first) return;
      socket.off('data', onData);
      socket.pause();
      const hello = parseReady(first);
      const take = hello && expected.get(hello.key);
      if (!hello || !take) return void socket.destroy();
      expected.delete(hello.key);
      take({ socket, decoder, frames, problem: hello.problem });
    };
    socket.on('data', onData);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return {
    path,
    expect: (key) => new Promise((resolve) => expected.set(key, resolve)),
    forget: (key) => void expected.delete(key),
    async settle() {
      // Connections are accepted in the order in which they were made, and what one has said is read before this one is told of its own end.
      const last = connect(path)
        .on('error', () => {})
        .resume()
        .end();
      await new Promise((resolve) => last.once('close', resolve));
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function decodeOrNothing(decoder: FrameDecoder, chunk: Uint8Array): Frame[] {
  try {
    return decoder.push(chunk);
  } catch {
    return [];
  }
}

function parseReady({ kind, payload }: Frame): z.infer<typeof readySchema> | undefined {
  if (kind !== 'ready') return undefined;
  try {
    return readySchema.parse(JSON.parse(new TextDecoder().decode(payload)));
  } catch {
    return undefined;
  }
}
