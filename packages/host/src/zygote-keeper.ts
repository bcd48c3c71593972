import { hostClosing } from './host-closing.ts';
import { Zygote, type ZygoteOptions } from './zygote.ts';

/** Keeps one zygote running. */
export interface ZygoteKeeper extends AsyncDisposable {
  /** The zygote, ready; a new one when the last one died. Rejects with `kernel_start_failed`, and with `host_closing` once it is closed. */
  readonly get: () => Promise<Zygote>;
}

/** Tells how far the end of a host is. */
export interface Ending {
  /** Aborts when it begins: from then on there is no new zygote, and one that still loads, which has started nothing, ends at once. */
  readonly begun: AbortSignal;
  /** Aborts when it takes too long, or when the start is given up: every zygote ends at once, whatever it does. */
  readonly hurry: AbortSignal;
}

/** How many zygotes in a row may die while they start before whoever waits for one is told, once one has worked. */
const maxTries = 3;

/** Starts a zygote and waits until it is ready. One that dies after that is replaced at once. */
export async function openZygoteKeeper(options: ZygoteOptions, { begun, hurry }: Ending): Promise<ZygoteKeeper> {
  let current: Zygote | undefined;
  let hasWorked = false;
  let closed = hurry.aborted;
  const stop = (): void => {
    closed = true;
    if (hurry.aborted || !current?.isReady) current?.kill();
  };
  for (const signal of [begun, hurry]) signal.addEventListener('abort', stop);
  const start = (): Zygote => {
    const zygote = new Zygote(options);
    zygote.ready.then(
      () => (hasWorked = true),
      () => {},
    );
    void zygote.ended.then(() => {
      if (current !== zygote || closed) return;
      options.log('error', 'the zygote ended; what it started lives on, and a new one is started');
      // One that did not even start waits until it is asked for: nothing spins.
      current = zygote.isReady ? start() : undefined;
    });
    return zygote;
  };
  const get = async (): Promise<Zygote> => {
    for (let tries = 1; ; tries++) {
      if (closed) throw hostClosing();
      if (current?.hasEnded) current = undefined;
      const zygote = (current ??= start());
      try {
        await zygote.ready;
        if (!zygote.hasEnded) return zygote;
      } catch (error) {
        if (!hasWorked || tries === maxTries) throw error;
      }
    }
  };
  await get();
  return {
    get,
    [Symbol.asyncDispose]: async () => {
      stop();
      await current?.[Symbol.asyncDispose]();
    },
  };
}
