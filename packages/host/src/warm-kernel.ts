import type { Kernel, KernelEnd, KernelSink } from './kernel.ts';

/** A kernel that was started before anybody asked for it. It runs no code until it is taken. */
export class WarmKernel {
  /** Settles when the kernel has ended. */
  readonly ended: Promise<KernelEnd>;
  readonly #kernel: Kernel;
  readonly #relay: Relay;

  private constructor(kernel: Kernel, relay: Relay) {
    this.#kernel = kernel;
    this.#relay = relay;
    this.ended = relay.ended.promise;
  }

  /** Starts one. Rejects as `open` does. */
  static async open(open: (sink: KernelSink) => Promise<Kernel>): Promise<WarmKernel> {
    const relay = new Relay();
    const kernel = await open(relay);
    kernel.rehearse();
    return new WarmKernel(kernel, relay);
  }

  /** Ends it, when nobody took it. */
  async close(): Promise<void> {
    this.#kernel.kill();
    await this.ended;
  }

  /** Hands the kernel over: what it does from now on goes to `sink`. Undefined when it has ended. */
  take(sink: KernelSink): Kernel | undefined {
    if (this.#relay.hasEnded) return undefined;
    this.#relay.sink = sink;
    return this.#kernel;
  }
}

/** Passes on to the sink that comes later; a kernel says nothing before code runs in it. */
class Relay implements KernelSink {
  sink: KernelSink | undefined;
  hasEnded = false;
  readonly ended = Promise.withResolvers<KernelEnd>();

  onItem(item: Parameters<KernelSink['onItem']>[0]): void {
    this.sink?.onItem(item);
  }

  onEnd(end: KernelEnd): void {
    this.hasEnded = true;
    this.sink?.onEnd(end);
    this.ended.resolve(end);
  }
}
