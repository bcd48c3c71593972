/**
 * Aborts at the first SIGTERM or SIGINT. Those that follow change nothing, as where one comes from a terminal and once more from the program that started
 * this one: what is being ended would be left half.
 */
export function watchEndSignals(): AbortSignal {
  const end = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => end.abort());
  return end.signal;
}

/** What was started; undefined where that was given up, since `signal` has aborted. */
export async function unlessAborted<T>(starting: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await starting;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}
