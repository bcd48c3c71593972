/** Waits for all of it, also where some fails: what follows takes away what the rest needs. Throws what the first of that threw. */
export async function waitForAll(work: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(work);
  await Promise.all(work);
}
