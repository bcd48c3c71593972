import { SandboxError } from '@quicksand/protocol';
import { Enclosure } from './enclosure.ts';
import type { KernelKind } from './kernel-program.ts';
import type { SandboxSource } from './sandbox-source.ts';
import { waitForAll } from './wait-for-all.ts';
import { WarmKernel } from './warm-kernel.ts';
import type { BlankWorkspace, Workspaces } from './workspaces.ts';

/** A sandbox that nobody has yet: enclosed and limited, with an empty workspace and kernels that wait. */
export interface BlankSandbox {
  readonly workspace: BlankWorkspace;
  readonly enclosure: Enclosure;
  readonly warm: ReadonlyMap<KernelKind, WarmKernel>;
}

/** How {@link SandboxPool} works. */
export interface SandboxPoolOptions {
  readonly source: SandboxSource;
  readonly workspaces: Workspaces;
  /** Blank sandboxes that are kept ready; 0 for none. */
  readonly size: number;
}

/** How long the pool waits after it could not make a blank sandbox, in milliseconds. */
const pauseAfterFailureMs = 1000;

/** How long the pool leaves the processors to a sandbox that has just started: its first code mostly ends in that time. In milliseconds. */
const firstCodeMs = 20;

/** What every kernel of a blank sandbox starts with: that which a context has when its creator asks for nothing else. */
export const blankPlace = { cwd: '/workspace', envVars: {} } as const;

/** Keeps blank sandboxes ready. They are made one after the other, and only while no sandbox is being started for somebody. */
export class SandboxPool implements AsyncDisposable {
  readonly #options: SandboxPoolOptions;
  readonly #ready: BlankSandbox[] = [];
  /** Kernels that every blank sandbox gets: that of Python, and that of JavaScript once somebody has asked for one, since it needs much memory. */
  readonly #kinds = new Set<KernelKind>(['python']);
  /** The ends of those that nobody waits for. */
  readonly #dropping = new Set<Promise<void>>();
  #filling: Promise<void> | undefined;
  #pause: NodeJS.Timeout | undefined;
  #held = 0;
  #closed = false;

  constructor(options: SandboxPoolOptions) {
    this.#options = options;
  }

  /** Makes the first blank sandbox, whatever the size: what cannot be enforced here shows (I3). Throws `backend_unavailable`. */
  async prove(): Promise<void> {
    const first = await this.#open().catch((cause: unknown) => {
      throw new SandboxError('backend_unavailable', {
        message: `this machine cannot isolate: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: 'run `quicksand doctor`: it says what is missing here, and how to get it',
        cause,
      });
    });
    if (this.#options.size > 0) this.#keep(first);
    else await discardBlank(first);
  }

  /** Blank sandboxes that are ready now. */
  get size(): number {
    return this.#ready.length;
  }

  /** Makes what is missing, in the background. */
  fill(): void {
    if (this.#filling || this.#pause || this.#closed || this.#held > 0) return;
    const complete = this.#ready.filter(({ warm }) => warm.size === this.#kinds.size);
    if (complete.length >= this.#options.size) return;
    this.#filling = this.#addOne().finally(() => {
      this.#filling = undefined;
      this.fill();
    });
  }

  /** From now on blank sandboxes have such a kernel, and those without one are replaced. */
  want(kind: KernelKind): void {
    if (this.#kinds.has(kind)) return;
    this.#kinds.add(kind);
    this.fill();
  }

  /** A blank sandbox, or undefined when none is ready. Its successor is made once nobody {@link hold}s. */
  take(): BlankSandbox | undefined {
    return this.#ready.shift();
  }

  /** Keeps the pool from working while somebody waits for a sandbox, and a little longer. */
  hold(): Disposable {
    this.#held++;
    return {
      [Symbol.dispose]: () => {
        this.#held--;
        this.#fillLater(firstCodeMs);
      },
    };
  }

  /** From now on no blank sandbox is made. */
  stop(): void {
    this.#closed = true;
    clearTimeout(this.#pause);
  }

  /** Ends the blank sandboxes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#filling;
    // Also those that are being dropped: what they need to end is there no more afterwards.
    await waitForAll([...this.#ready.splice(0).map(discardBlank), ...this.#dropping]);
  }

  async #addOne(): Promise<void> {
    const { source } = this.#options;
    try {
      const blank = await this.#open();
      if (this.#closed) return await discardBlank(blank);
      this.#keep(blank);
    } catch (error) {
      if (SandboxError.is(error) && error.code === 'host_closing') return;
      source.log('warn', 'no blank sandbox could be made', { error: String(error) });
      this.#fillLater(pauseAfterFailureMs);
    }
  }

  #fillLater(ms: number): void {
    if (this.#closed) return;
    // The one that is there goes on, or steady demand would keep the pool empty.
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      this.fill();
    }, ms).unref();
  }

  #keep(blank: BlankSandbox): void {
    // Those with all kernels are taken first.
    this.#ready.unshift(blank);
    const surplus = this.#ready.splice(this.#options.size);
    for (const old of surplus) this.#drop(old);
    // Nothing runs in it; but what is not there cannot be handed out.
    for (const warm of blank.warm.values()) void warm.ended.then(() => this.#forget(blank));
  }

  async #open(): Promise<BlankSandbox> {
    const { source, workspaces } = this.#options;
    await using stack = new AsyncDisposableStack();
    const opening = workspaces.openBlank();
    const { opened } = opening;
    stack.defer(async () => {
      await (await opened.catch(() => undefined))?.discard();
    });
    const enclosure = stack.adopt(await Enclosure.open(source, opening), (opened) => opened.close());
    const warm = new Map<KernelKind, WarmKernel>();
    for (const kind of this.#kinds)
      warm.set(kind, await WarmKernel.open((sink) => enclosure.openKernel(kind, blankPlace, sink)));
    stack.move();
    return { workspace: await opened, enclosure, warm };
  }

  #forget(blank: BlankSandbox): void {
    const at = this.#ready.indexOf(blank);
    if (at < 0) return;
    this.#ready.splice(at, 1);
    this.#drop(blank);
  }

  /** Discards one that nobody waits for. */
  #drop(blank: BlankSandbox): void {
    const { log } = this.#options.source;
    const dropped = discardBlank(blank)
      .catch((error) => log('error', 'a blank sandbox did not end', { error: String(error) }))
      .finally(() => {
        this.#dropping.delete(dropped);
        this.fill();
      });
    this.#dropping.add(dropped);
  }
}

/** Ends one that nobody gets, and removes its files. */
export async function discardBlank({ enclosure, workspace, warm }: BlankSandbox): Promise<void> {
  await Promise.all([...warm.values()].map((kernel) => kernel.close()));
  await enclosure.close();
  await workspace.discard();
}
