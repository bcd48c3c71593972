/**
 * Runs what writes `on` when it is where its timeout should find it. Where a busy machine let the timeout come before that, nothing was found out, and it is
 * given more time; what was written and got lost (R4) would never be seen.
 */
export async function timeOutBehind<T extends { readonly stdout: string }>(
  on: string,
  run: (timeout: number) => Promise<T>,
): Promise<T> {
  for (let timeout = 300; ; timeout *= 2) {
    const ended = await run(timeout);
    if (ended.stdout.includes(on)) return ended;
  }
}
