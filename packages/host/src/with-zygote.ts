import type { Zygote } from './zygote.ts';

/** Where zygotes come from: each is started anew when the last one died. */
export interface ZygoteSource {
  /** Has loaded what Python kernels need, which are its forks. */
  readonly zygote: () => Promise<Zygote>;
  /** Has loaded nothing: for programs and file agents. */
  readonly bareZygote: () => Promise<Zygote>;
}

/** How many zygotes may die under the start of one program. */
const maxTries = 3;

/** Starts something with a zygote, and again with the next one where that zygote dies in the meantime. Throws what `start` throws. */
export async function withZygote<T>(get: () => Promise<Zygote>, start: (zygote: Zygote) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const zygote = await get();
    try {
      return await start(zygote);
    } catch (error) {
      if (!zygote.hasEnded || tries === maxTries) throw error;
    }
  }
}
