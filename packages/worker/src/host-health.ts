import type { Fetcher } from '@quicksand/protocol';

/** How long one question may take, and how long to wait before the next, in milliseconds. */
const askMs = 5000;
const againMs = 100;
/** A host that runs may be busy; one that does not answer for so long is of no use to anybody. */
const deadMs = 30_000;

/** What became of a container: `status` is missing where it could not be started at all. */
export interface ContainerEnd {
  readonly status?: number | undefined;
  readonly reason: string;
}

/** What a host says of itself; only what is used here. */
interface Health {
  readonly status?: unknown;
  readonly sandboxes?: unknown;
}

/** Settles when the host at a port answers that it is well, when its container has ended before, or when neither comes in time. */
export async function waitForHealth(
  port: Fetcher,
  { ended, readyMs }: { ended: Promise<ContainerEnd>; readyMs: number },
): Promise<'well' | 'late' | ContainerEnd> {
  for (const deadline = Date.now() + readyMs; Date.now() < deadline; await pause()) {
    const answer = await Promise.race([askHealth(port).then((health) => ({ health })), ended]);
    if (!('health' in answer)) return answer;
    if (answer.health?.status === 'ok') return 'well';
  }
  return 'late';
}

/** Settles when nobody answers at a port any more, and at the latest after `longestMs`. */
export async function waitForSilence(port: Fetcher, longestMs: number): Promise<void> {
  for (const deadline = Date.now() + longestMs; Date.now() < deadline; await pause()) {
    if (!(await askHealth(port))) return;
  }
}

/** How many sandboxes are awake; none in a host that is dead. */
export async function countSandboxes(port: Fetcher): Promise<number> {
  return Number((await askHealth(port, deadMs))?.sandboxes ?? 0);
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, againMs));

/** What a host says of itself; undefined where none answers. */
async function askHealth(port: Fetcher, timeoutMs = askMs): Promise<Health | undefined> {
  const abort = new AbortController();
  // Cleared, unlike that of AbortSignal.timeout: a timer keeps the object from being evicted.
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    const response = await port.fetch(new Request('http://sandbox/health', { signal: abort.signal }));
    return (await response.json()) as Health;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
