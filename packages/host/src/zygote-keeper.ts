import { hostClosing } from './host-closing.ts';
import { Zygote, type ZygoteOptions } from './zygote.ts';

/** Keeps one zygote running. */
export interface ZygoteKeeper extends AsyncDisposable {
  /** The zygote, ready; a new one when the last one died. Rejects with `kernel_start_failed`, and with `host_closing` once it is closed. */
  readonly get: () => Promise<Zygote>;
}

/** How many zygotes in a row may die while they start before whoever waits for one is told, once one has worked. */
const maxTries = 3;

/** Starts a zygote and waits until it is ready. One that dies after that is replaced at once. When `hurry` aborts it ends at once, whatever it does, and there is no other. */
export async function openZygoteKeeper(options: ZygoteOptions, hurry: AbortSignal): Promise<ZygoteKeeper> {
  let current: Zygote | undefined;
  let hasWorked = false;
  let closed = hurry.aborted;
  hurry.addEventListener('abort', () => {
    closed = true;
    current?.kill();
  });
  const start = (): Zygote => {
    const zygote = new Zygote(options);
    let wasReady = false;
    zygote.ready.then(
      () => (hasWorked = wasReady = true),
      () => {},
    );
    void zygote.ended.then(() => {
      if (current !== zygote || closed) return;
      options.log('error', 'the zygote ended; what it started lives on, and a new one is started');
      // One that did not even start waits until it is asked for: nothing spins.
      current = wasReady ? start() : undefined;
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
      closed = true;
      await current?.[Symbol.asyncDispose]();
    },
  };
}
