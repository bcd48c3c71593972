import type { Zygote } from './zygote.ts';

/** Where zygotes come from. */
export interface ZygoteSource {
  /** The zygote, started anew when the last one died. */
  readonly zygote: () => Promise<Zygote>;
}

/** How many zygotes may die under the start of one program. */
const maxTries = 3;

/** Starts something with a zygote, and again with the next one where that zygote dies in the meantime. Throws what `start` throws. */
export async function withZygote<T>(source: ZygoteSource, start: (zygote: Zygote) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const zygote = await source.zygote();
    try {
      return await start(zygote);
    } catch (error) {
      if (!zygote.hasEnded || tries === maxTries) throw error;
    }
  }
}
