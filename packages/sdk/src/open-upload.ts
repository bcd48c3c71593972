import { SandboxError } from '@quicksand/protocol';
import { toAbortableStream } from './abortable-stream.ts';

/** What may be sent as a body that is no JSON. */
export type Upload = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

/** A body that is being sent. */
export interface OpenUpload {
  readonly body: Upload | undefined;
  /** Ends it when the request is given up. */
  readonly stop: (reason: unknown) => void;
  /** Why it could not be sent, where that is the fault of what was given. */
  readonly problem: () => SandboxError | undefined;
}

/**
 * What is sent as a body. A stream ends when the request is given up: by itself `fetch` may go on to read one whose request has failed, and with one that
 * always has more, nothing else would ever run again. Throws `invalid_request` for a stream that was read before.
 */
export function openUpload(upload: Upload | undefined, signal: AbortSignal | undefined): OpenUpload {
  if (!(upload instanceof ReadableStream)) return { body: upload, stop: () => {}, problem: () => undefined };
  assertUnread(upload);
  const given = new AbortController();
  const either = signal ? AbortSignal.any([signal, given.signal]) : given.signal;
  let problem: SandboxError | undefined;
  const checkPiece = (piece: unknown): void => {
    if (piece instanceof Uint8Array) return;
    // Node would not send it, and an embedded host would take an ArrayBuffer for nothing.
    problem = invalid('a piece of the stream is no Uint8Array', 'give a stream of bytes');
    throw problem;
  };
  return {
    body: toAbortableStream(upload, either, () => {}, checkPiece),
    stop: (reason: unknown) => given.abort(reason),
    problem: () => problem,
  };
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
