import { SandboxError } from '@quicksand/protocol';
import { NoBytesError, toAbortableStream } from './abortable-stream.ts';
import { toReason } from './to-reason.ts';

/** What may be sent as a body that is no JSON. */
export type Upload = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

/** A body that is being sent. */
export interface OpenUpload {
  readonly body: Upload | undefined;
  /** Aborts the request, with a reason that the caller can be told, when the body breaks off; and when the caller's own signal aborts. */
  readonly signal: AbortSignal | undefined;
  /** Ends it when the request is given up. */
  readonly stop: (reason: unknown) => void;
  /** Why the body broke off. */
  readonly problem: () => SandboxError | undefined;
}

/**
 * What is sent as a body. A stream ends when the request is given up: by itself `fetch` may go on to read one whose request has failed, and with one that
 * always has more, nothing else would ever run again. One that breaks off ends the request, and never the body: on the way from a Worker to its Durable
 * Object that would be whole then. Throws `invalid_request` for a stream that was read before.
 */
export function openUpload(upload: Upload | undefined, signal: AbortSignal | undefined): OpenUpload {
  if (!(upload instanceof ReadableStream)) return { body: upload, signal, stop: () => {}, problem: () => undefined };
  assertUnread(upload);
  const [given, broken] = [new AbortController(), new AbortController()];
  const either = (own: AbortController): AbortSignal => (signal ? AbortSignal.any([signal, own.signal]) : own.signal);
  let problem: SandboxError | undefined;
  const onBroken = (error: unknown): void => {
    problem = error instanceof NoBytesError ? invalid(error.message, 'give a stream of bytes') : toCutError(error);
    broken.abort(problem);
  };
  return {
    body: toAbortableStream(upload, either(given), () => {}, onBroken),
    signal: either(broken),
    stop: (reason: unknown) => given.abort(reason),
    problem: () => problem,
  };
}

function toCutError(cause: unknown): SandboxError {
  return new SandboxError('upload_cut', {
    message: `the stream that was to be sent broke off before its end: ${toReason(cause)}`,
    hint: 'a file is then as it was',
    cause,
  });
}

/** One that was read before, as an upload that failed has read it, would be sent as nothing, and the old content would be lost. */
function assertUnread(stream: ReadableStream<Uint8Array>): void {
  try {
    // Nothing else tells it.
    void new Response(stream);
  } catch (cause) {
    throw invalid('the stream has been read before, or somebody reads it', 'open it anew for each upload', cause);
  }
}

function invalid(message: string, hint: string, cause?: unknown): SandboxError {
  return new SandboxError('invalid_request', { message, hint, cause });
}
