import { type Fetcher, SandboxError } from '@quicksand/protocol';
import { toReason } from './error-response.ts';

/** How long a container may take until its host answers; the image may have to be fetched first. */
const readyMs = 90_000;
/** How long one question may take, and how long to wait before the next, in milliseconds. */
const askMs = 5000;
const againMs = 100;

/**
 * Settles when the host at a port answers that it is well. Throws `backend_unavailable` when its container ends before, for the reason that `ended`
 * resolves with, and `request_timeout` when it takes too long.
 */
export async function waitForHealth(port: Fetcher, ended: Promise<string>): Promise<void> {
  const deadline = Date.now() + readyMs;
  for (;;) {
    const answer = await Promise.race([ask(port), ended.then(toEndedError)]);
    if (answer === 'well') return;
    if (SandboxError.is(answer)) throw answer;
    if (Date.now() > deadline) {
      throw new SandboxError('request_timeout', {
        message: `the host in the container did not answer within ${readyMs / 1000} s: ${answer}`,
        hint: 'the log of the container says what it waits for',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
}

/** `well`, or why it is not. */
async function ask(port: Fetcher): Promise<string> {
  try {
    const response = await port.fetch(new Request('http://sandbox/health', { signal: AbortSignal.timeout(askMs) }));
    const { status } = (await response.json()) as { status?: unknown };
    return response.ok && status === 'ok' ? 'well' : `its health is ${String(status)}`;
  } catch (error) {
    return toReason(error);
  }
}

function toEndedError(reason: string): SandboxError {
  return new SandboxError('backend_unavailable', {
    message: `the container ended before its host answered: ${reason}`,
    hint: 'the log of the container says why; isolation that cannot be enforced there is allowed to be missing by QUICKSAND_ALLOW_WEAK in envVars of the class',
  });
}
