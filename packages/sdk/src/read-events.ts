// Keeps R7: a lost connection is resumed after the last event that was seen, and each later event is seen once.

import { type ExecutionEvent, SandboxError, decodeSSE } from '@quicksand/protocol';
import { Backoff } from './backoff.ts';

/** How long a stream may take to end behind `execution_complete` before it is cancelled, in milliseconds. */
const drainMs = 250;

/** What {@link readEvents} reads. */
export interface EventSource {
  readonly executionId: string;
  readonly first: ReadableStream<Uint8Array>;
  /** Opens the events after the one with the id `after`. */
  readonly resume: (after: number) => Promise<ReadableStream<Uint8Array>>;
  readonly signal: AbortSignal | undefined;
}

/** The last id seen, across connections. */
interface Progress {
  last: number;
  complete: boolean;
}

/**
 * The events of an execution up to `execution_complete`, across as many connections as it takes: five tries in a row without a new event are the
 * limit. Throws the signal's reason, `stream_cut`, `bad_response` and what the host answers to a resume, such as `events_gone`.
 */
export async function* readEvents(source: EventSource): AsyncGenerator<ExecutionEvent, void, undefined> {
  const { executionId, signal } = source;
  const backoff = new Backoff({ tries: 5, firstDelayMs: 100 });
  const progress: Progress = { last: 0, complete: false };
  let problem: unknown;
  for (let body: ReadableStream<Uint8Array> | undefined = source.first; ; body = undefined) {
    try {
      body ??= await source.resume(progress.last);
      for await (const event of readConnection(body, progress, signal)) {
        backoff.reset();
        yield event;
      }
      if (progress.complete) return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTransient(error)) throw toFinal(error, executionId, progress);
      problem = error;
    }
    if (!(await backoff.wait(signal))) throw streamCut(executionId, progress, problem);
  }
}

/** The new events of one connection. Ends where it ends, or behind a gap in the ids. */
async function* readConnection(
  body: ReadableStream<Uint8Array>,
  progress: Progress,
  signal: AbortSignal | undefined,
): AsyncGenerator<ExecutionEvent, void, undefined> {
  const close = new AbortController();
  const either = signal ? AbortSignal.any([signal, close.signal]) : close.signal;
  const messages = decodeSSE<ExecutionEvent>(body, { signal: either });
  try {
    for (;;) {
      const { done, value } = await messages.next();
      if (done) return;
      const { event } = value;
      const id = value.id ?? progress.last + 1;
      if (id <= progress.last) continue;
      if (id > progress.last + 1) return;
      progress.last = id;
      progress.complete = event.type === 'execution_complete';
      yield event;
      if (progress.complete) return;
    }
  } finally {
    // A body that is read to its end leaves its connection for the next request; one that is cancelled does not.
    if (progress.complete) drain(messages, close);
    else await messages.return();
  }
}

function drain(messages: AsyncGenerator<unknown, void, undefined>, close: AbortController): void {
  const timer = setTimeout(() => close.abort(), drainMs);
  const end = (): void => {
    clearTimeout(timer);
    void messages.return().catch(() => {});
  };
  messages.next().then(end, end);
}

/** Whether the same resume may succeed in a moment. What is no SandboxError is a body that broke. */
function isTransient(error: unknown): boolean {
  if (SandboxError.is(error))
    return error.retryable || (error.code === 'bad_response' && Number(error.details?.['status']) >= 500);
  return !(error instanceof SyntaxError);
}

function toFinal(error: unknown, executionId: string, progress: Progress): unknown {
  if (error instanceof SyntaxError) {
    return new SandboxError('bad_response', {
      message: `an event of execution ${executionId} is not JSON: ${error.message}`,
      hint: 'is there a proxy in between that changes what it passes on?',
      details: { executionId, lastEventId: progress.last },
      cause: error,
    });
  }
  return SandboxError.is(error) && error.code === 'execution_not_found'
    ? streamCut(executionId, progress, error)
    : error;
}

function streamCut(executionId: string, { last }: Progress, cause: unknown): SandboxError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new SandboxError('stream_cut', {
    message: `the stream of execution ${executionId} broke after event ${last} and could not be resumed${reason}`,
    hint: 'the code may have run on for a while; whether it ended is not known',
    details: { executionId, lastEventId: last },
    cause,
  });
}
