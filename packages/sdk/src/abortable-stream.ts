import { openByteReader } from '@quicksand/protocol';

/**
 * The same bytes, until the signal aborts: then the stream errors with the signal's reason, and `onAbort` is called. Cancelling it cancels the source. What
 * `checkPiece` throws ends it, too.
 * Needed because a body ends with its request's signal only where the request went over the network.
 */
export function toAbortableStream(
  source: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  onAbort: () => void,
  checkPiece?: (piece: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = openByteReader(source);
  let stop = (): void => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const abort = (): void => {
          stop();
          controller.error(signal.reason);
          reader.cancel(signal.reason).catch(() => {});
          onAbort();
        };
        stop = () => signal.removeEventListener('abort', abort);
        if (signal.aborted) abort();
        else signal.addEventListener('abort', abort, { once: true });
      },
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (signal.aborted && !done) return;
          if (!done) {
            checkPiece?.(value);
            return controller.enqueue(value);
          }
          stop();
          if (!signal.aborted) controller.close();
        } catch (error) {
          // The fetch may notice the signal first; then our own listener is about to run, or has run.
          if (signal.aborted) return;
          stop();
          reader.cancel(error).catch(() => {});
          throw error;
        }
      },
      cancel(reason) {
        stop();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
