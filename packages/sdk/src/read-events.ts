// Keeps R7: a lost connection is resumed after the last event that was seen, and each later event is seen once.

import { SandboxError, decodeSSE } from '@quicksand/protocol';
import { Backoff } from './backoff.ts';
import type { RunName } from './run-link.ts';
import { SilenceWatch, silenceMs } from './silence-watch.ts';

/** How long a stream may take to end behind its last event before it is cancelled, in milliseconds. */
const drainMs = 250;

/** The events that end a stream, each of its kind of run (R3). */
const lastTypes: readonly string[] = ['execution_complete', 'complete', 'exit'];

/** What {@link readEvents} reads. */
export interface EventSource extends RunName {
  readonly first: ReadableStream<Uint8Array>;
  /** Opens the events after the one with the id `after`; undefined where none was seen and the first that is held is wanted. */
  readonly resume: (after: number | undefined, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
  /** Id of the event before the first: 0 where that is 1, undefined where the stream begins with whatever is held. */
  readonly after: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Default {@link silenceMs}. */
  readonly mostSilenceMs?: number;
}

/** The last id seen, across connections. */
interface Progress {
  last: number | undefined;
  complete: boolean;
}

/**
 * The events of a run up to its last one, across as many connections as it takes: five tries in a row without a new event are the limit. Throws the
 * signal's reason, `stream_cut`, `bad_response` and what the host answers to a resume, such as `events_gone`.
 */
export async function* readEvents<T extends { readonly type: string }>(
  source: EventSource,
): AsyncGenerator<T, void, undefined> {
  const { signal } = source;
  const backoff = new Backoff({ tries: 5, firstDelayMs: 100 });
  const progress: Progress = { last: source.after, complete: false };
  let problem: unknown;
  for (let body: ReadableStream<Uint8Array> | undefined = source.first; ; body = undefined) {
    try {
      body ??= await resume(source, progress);
      for await (const event of readConnection<T>(body, source, progress)) {
        backoff.reset();
        yield event;
      }
      if (progress.complete) return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTransient(error)) throw toFinal(error, source, progress);
      problem = error;
    }
    if (!(await backoff.wait(signal))) throw streamCut(source, progress, problem);
  }
}

/** The new events of one connection. Ends where it ends, or behind a gap in the ids. */
async function* readConnection<T extends { readonly type: string }>(
  body: ReadableStream<Uint8Array>,
  source: EventSource,
  progress: Progress,
): AsyncGenerator<T, void, undefined> {
  const close = new AbortController();
  const watch = new SilenceWatch(source.mostSilenceMs ?? silenceMs, () => close.abort(silent(source)));
  const messages = decodeSSE<T>(body, { signal: either(source, close), onPiece: () => watch.hear() });
  try {
    for (;;) {
      watch.begin();
      const { done, value } = await messages.next();
      watch.pause();
      if (done) return;
      const { event } = value;
      const expected = progress.last === undefined ? value.id : progress.last + 1;
      const id = value.id ?? expected ?? 1;
      if (expected !== undefined && id < expected) continue;
      if (expected !== undefined && id > expected) return;
      progress.last = id;
      progress.complete = lastTypes.includes(event.type);
      yield event;
      if (progress.complete) return;
    }
  } finally {
    watch.close();
    // A body that is read to its end leaves its connection for the next request; one that is cancelled does not.
    if (progress.complete) drain(messages, close);
    else await messages.return();
  }
}

/** Opens the events behind the last. Of a host that is not there any more no answer may come, ever. */
async function resume(source: EventSource, { last }: Progress): Promise<ReadableStream<Uint8Array>> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(silent(source)), source.mostSilenceMs ?? silenceMs);
  try {
    return await source.resume(last, either(source, limit));
  } finally {
    clearTimeout(timer);
  }
}

function either({ signal }: EventSource, own: AbortController): AbortSignal {
  return signal ? AbortSignal.any([signal, own.signal]) : own.signal;
}

function silent({ kind, id }: RunName): SandboxError {
  return new SandboxError('connection_failed', {
    message: `nothing comes of ${kind} ${id} any more, and no heartbeat`,
    hint: 'is the host still there, and is no proxy in between that holds back what it passes on?',
  });
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

function toFinal(error: unknown, run: RunName, progress: Progress): unknown {
  if (error instanceof SyntaxError) {
    return new SandboxError('bad_response', {
      message: `an event of ${run.kind} ${run.id} is not JSON: ${error.message}`,
      hint: 'is there a proxy in between that changes what it passes on?',
      details: toDetails(run, progress),
      cause: error,
    });
  }
  return SandboxError.is(error) && error.code === `${run.kind}_not_found` ? streamCut(run, progress, error) : error;
}

function streamCut(run: RunName, progress: Progress, cause: unknown): SandboxError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new SandboxError('stream_cut', {
    message: `the stream of ${run.kind} ${run.id} broke after event ${progress.last ?? 0} and could not be resumed${reason}`,
    hint: 'it may have run on for a while; whether it ended is not known',
    details: toDetails(run, progress),
    cause,
  });
}

function toDetails({ kind, id }: RunName, { last = 0 }: Progress): Readonly<Record<string, unknown>> {
  return { [`${kind}Id`]: id, lastEventId: last };
}
