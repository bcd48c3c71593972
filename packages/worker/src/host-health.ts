import type { Fetcher } from '@quicksand/protocol';

/** How long one question may take, and how long to wait before the next, in milliseconds. */
const askMs = 5000;
const againMs = 100;

/** What became of a container: `status` is missing where it could not be started at all. */
export interface ContainerEnd {
  readonly status?: number | undefined;
  readonly reason: string;
}

/** Settles when the host at a port answers that it is well, when its container has ended before, or when neither comes in time. */
export async function waitForHealth(
  port: Fetcher,
  { ended, readyMs }: { ended: Promise<ContainerEnd>; readyMs: number },
): Promise<'well' | 'late' | ContainerEnd> {
  for (const deadline = Date.now() + readyMs; Date.now() < deadline; await pause()) {
    const answer = await Promise.race([askHealth(port), ended]);
    if (answer === 'ok') return 'well';
    if (typeof answer === 'object') return answer;
  }
  return 'late';
}

/** Settles when nobody answers at a port any more. */
export async function waitForSilence(port: Fetcher): Promise<void> {
  while ((await askHealth(port)) !== undefined) await pause();
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, againMs));

/** The status that a host says it has; undefined where none answers. */
async function askHealth(port: Fetcher): Promise<string | undefined> {
  try {
    const response = await port.fetch(new Request('http://sandbox/health', { signal: AbortSignal.timeout(askMs) }));
    return String(((await response.json()) as { status?: unknown }).status);
  } catch {
    return undefined;
  }
}
