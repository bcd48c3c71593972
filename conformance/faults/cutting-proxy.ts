import { type Socket, connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** Where one connection is cut off. */
export interface Cut {
  /** After so many ends of a frame, and so many bytes more; or after so many bytes. */
  readonly after: { readonly frames: number; readonly bytes: number } | { readonly bytes: number };
  readonly direction: 'request' | 'answer';
  /** `stall` holds everything up for a moment, and then goes on. */
  readonly how: 'reset' | 'end' | 'stall';
}

/** Passes connections on to a host, and cuts some of them. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
}

/** How a {@link CuttingProxy} works. */
export interface CuttingProxyOptions {
  readonly to: string;
  /** Asked for each connection. */
  readonly plan: () => Cut | undefined;
  /** Told when a cut is due; false lets the connection go on. */
  readonly onCut: (cut: Cut) => boolean;
}

const stallMs = 200;

/** Listens on a free port. */
export async function openCuttingProxy({ to, plan, onCut }: CuttingProxyOptions): Promise<CuttingProxy> {
  const { hostname, port } = new URL(to);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const host = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    for (const socket of [client, host]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => sockets.delete(socket));
    }
    client.once('close', () => host.destroy());
    host.once('close', () => client.destroySoon());
    const cut = plan();
    const hit = async (): Promise<boolean> => {
      if (!cut || !onCut(cut)) return true;
      if (cut.how === 'stall') {
        await setTimeout(stallMs);
        return true;
      }
      host.destroy();
      if (cut.how === 'reset') client.resetAndDestroy();
      else client.destroySoon();
      return false;
    };
    void pass(client, host, cut?.direction === 'request' ? cut : undefined, hit);
    void pass(host, client, cut?.direction === 'answer' ? cut : undefined, hit);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** `hit` is called at the cut, and says whether it goes on. */
async function pass(from: Socket, to: Socket, cut: Cut | undefined, hit: () => Promise<boolean>): Promise<void> {
  const counter = cut && new CutCounter(cut);
  try {
    for await (const chunk of from) {
      const bytes = chunk as Buffer;
      const allowed = counter?.take(bytes);
      if (allowed === undefined) {
        await write(to, bytes);
        continue;
      }
      await write(to, bytes.subarray(0, allowed));
      if (!(await hit())) return;
      await write(to, bytes.subarray(allowed));
    }
    to.end();
  } catch {
    to.destroy();
  }
}

function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve())));
}

/** Finds the place of a cut in what passes by. */
class CutCounter {
  readonly #cut: Cut;
  #frames = 0;
  #bytes = 0;
  #lastByte = 0;
  #isOver = false;

  constructor(cut: Cut) {
    this.#cut = cut;
  }

  /** How much of these bytes comes before the cut; undefined where it is not in them. */
  take(bytes: Uint8Array): number | undefined {
    if (this.#isOver) return undefined;
    const { after } = this.#cut;
    for (const [at, byte] of bytes.entries()) {
      if ('frames' in after && this.#frames < after.frames) {
        if (byte === 0x0a && this.#lastByte === 0x0a) this.#frames++;
      } else if (this.#bytes++ === after.bytes) {
        this.#isOver = true;
        return at;
      }
      this.#lastByte = byte;
    }
    return undefined;
  }
}
