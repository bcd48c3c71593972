import { Zygote, type ZygoteOptions } from './zygote.ts';

/** Keeps one zygote running. */
export interface ZygoteKeeper extends AsyncDisposable {
  /** The zygote, ready; a new one when the last one died. Rejects with `kernel_start_failed`. */
  readonly get: () => Promise<Zygote>;
}

/** Starts a zygote and waits until it is ready. */
export async function openZygoteKeeper(options: ZygoteOptions): Promise<ZygoteKeeper> {
  let current: Zygote | undefined;
  let closed = false;
  const start = (): Zygote => {
    const zygote = new Zygote(options);
    void zygote.ended.then(() => {
      if (current !== zygote) return;
      current = undefined;
      if (!closed) options.log('error', 'the zygote ended; the next kernel starts a new one');
    });
    return zygote;
  };
  const get = async (): Promise<Zygote> => {
    const zygote = (current ??= start());
    await zygote.ready;
    return zygote;
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
