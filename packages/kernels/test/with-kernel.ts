import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Frame, type FrameKind, FrameDecoder, encodeFrame } from '@quicksand/protocol';

const program = fileURLToPath(new URL('../javascript/dist/kernel.cjs', import.meta.url));

/** How Node is started for it. */
export const kernelFlags = ['--no-force-async-hooks-checks'];

/** The built kernel of JavaScript, outside of any sandbox, with this test as its host. */
class TestKernel {
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  readonly #decoder = new FrameDecoder();
  readonly #frames: Frame[] = [];
  #arrived = Promise.withResolvers<void>();
  readonly ended: Promise<number | null>;
  /** What was written to descriptor 2, past the channel, until that was closed. */
  readonly rawErrors: Promise<string>;

  constructor(cache: readonly string[]) {
    const stdio = ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'] as const;
    this.#child = spawn(process.execPath, [...kernelFlags, program, 'the-key', ...cache], { stdio: [...stdio] });
    this.#channel = this.#child.stdio[3] as Duplex;
    for (const fd of [1, 4, 5]) (this.#child.stdio[fd] as Readable).resume();
    this.rawErrors = text(this.#child.stdio[2] as Readable);
    this.ended = once(this.#child, 'exit').then(([code]) => code as number | null);
    this.#channel.on('error', () => {});
    this.#channel.on('data', (bytes: Buffer) => {
      this.#frames.push(...this.#decoder.push(Uint8Array.from(bytes)));
      this.#arrived.resolve();
      this.#arrived = Promise.withResolvers();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Writes bytes one by one, so that no boundary helps. */
  async write(bytes: Uint8Array): Promise<void> {
    for (const byte of bytes) {
      if (this.#channel.destroyed) return;
      if (!this.#channel.write(Uint8Array.of(byte))) await Promise.race([once(this.#channel, 'drain'), this.ended]);
    }
  }

  send(kind: FrameKind, execution: number, value?: object): void {
    const payload = Buffer.from(value === undefined ? '' : JSON.stringify(value));
    for (const frame of encodeFrame({ kind, execution, payload })) this.#channel.write(frame);
  }

  /** Frames up to the first of a kind. */
  async until(kind: FrameKind): Promise<Frame[]> {
    for (;;) {
      const at = this.#frames.findIndex((frame) => frame.kind === kind);
      if (at >= 0) return this.#frames.splice(0, at + 1);
      await this.#arrived.promise;
    }
  }

  /** What happens to it when its host dies. */
  loseHost(): void {
    this.#channel.destroy();
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** Starts one, waits until it says that it is ready, and ends it after the work. It may have its compiled code in a file. */
export async function withKernel(
  work: (kernel: TestKernel, ready: Frame) => Promise<void>,
  ...cache: readonly string[]
): Promise<void> {
  const kernel = new TestKernel(cache);
  try {
    const [ready] = await kernel.until('ready');
    if (!ready) throw new Error('the kernel said nothing');
    await work(kernel, ready);
  } finally {
    await kernel.close();
  }
}
