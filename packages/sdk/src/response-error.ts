import { SandboxError } from '@quicksand/protocol';
import { raceAbort } from './race-abort.ts';
import { toReason } from './to-reason.ts';

const bodyCharacters = 64 * 1024;
const excerptCharacters = 200;

/**
 * Makes the error of an answer that is not the expected one: the host's own, or `unauthorized`, `bad_response`, or `connection_failed` where the answer broke off. Cancels the body.
 */
export async function toResponseError(response: Response, where: string, signal?: AbortSignal): Promise<SandboxError> {
  const { text, problem } = await readStart(response, signal);
  if (problem !== undefined) {
    const hint = 'try again: a run that is repeated with its executionId or commandId never runs twice';
    return brokenAnswer(response, where, problem, hint);
  }
  const ours = parseErrorBody(text);
  if (ours) return addRetryAfter(ours, response);
  if (response.status === 401) {
    return new SandboxError('unauthorized', {
      message: `${where} asks for a token: it answered 401`,
      hint: 'give it as the option `token` of getSandbox; `quicksand serve` prints it when it starts',
    });
  }
  return badResponse(response, where, text);
}

/** The error of an answer of which only the begin has come. */
export function brokenAnswer({ status }: Response, where: string, cause: unknown, hint: string): SandboxError {
  return new SandboxError('connection_failed', {
    message: `the connection to ${where} broke in the middle of an answer (${status}): ${toReason(cause)}`,
    hint,
    cause,
  });
}

/** The error of an answer that no host gives. */
export function badResponse(response: Response, where: string, text: string): SandboxError {
  const { status } = response;
  const type = response.headers.get('Content-Type') ?? 'no content type';
  const excerpt = text.replaceAll(/\s+/g, ' ').trim().slice(0, excerptCharacters);
  const location = response.headers.get('Location');
  return new SandboxError('bad_response', {
    message: `${where} gave an answer that is not Quicksand's: ${status}, ${type}${location ? `, to ${location}` : ''}${excerpt ? `: ${excerpt}` : ''}`,
    hint: 'is there a proxy in between, or another server at this address?',
    details: { status, contentType: type, excerpt },
  });
}

/** The first characters of a body; of one that breaks what came, and the problem. */
export async function readStart(
  response: Response,
  signal?: AbortSignal,
): Promise<{ readonly text: string; readonly problem?: unknown }> {
  const reader = response.body?.getReader();
  if (!reader) return { text: '' };
  const decoder = new TextDecoder();
  let text = '';
  try {
    while (text.length < bodyCharacters) {
      const { done, value } = await raceAbort(reader.read(), signal);
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch (problem) {
    signal?.throwIfAborted();
    return { text, problem };
  } finally {
    reader.cancel().catch(() => {});
  }
  return { text };
}

function parseErrorBody(text: string): SandboxError | undefined {
  try {
    return SandboxError.fromBody(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Nothing is tried again without the caller; but the caller is told when to. */
function addRetryAfter(error: SandboxError, response: Response): SandboxError {
  const { code, message, hint, details } = error;
  const retryAfterMs = Number.parseFloat(response.headers.get('Retry-After') ?? '') * 1000;
  if (!(retryAfterMs >= 0)) return error;
  return new SandboxError(code, { message, hint, details: { ...details, retryAfterMs } });
}
