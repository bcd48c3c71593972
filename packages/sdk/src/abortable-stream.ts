import { openByteReader } from '@quicksand/protocol';

/**
 * The same bytes, until the signal aborts: then the stream errors with the signal's reason, and `onAbort` is called. Cancelling it cancels the source. Where
 * there is `onBroken`, it is called when the source breaks off, or gives what is no `Uint8Array`, and nothing more comes.
 * Needed because a body ends with its request's signal only where the request went over the network.
 */
export function toAbortableStream(
  source: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  onAbort: () => void,
  onBroken?: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = openByteReader(source);
  let stop = (): void => {};
  let isCancelled = false;
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
          // A source that is cancelled ends the read that waits, and there is nothing left to close.
          if (isCancelled || (signal.aborted && !done)) return;
          if (!done) {
            if (onBroken && !((value as unknown) instanceof Uint8Array)) throw new NoBytesError();
            return controller.enqueue(value);
          }
          stop();
          if (!signal.aborted) controller.close();
        } catch (error) {
          // The fetch may notice the signal first; then our own listener is about to run, or has run.
          if (isCancelled || signal.aborted) return;
          stop();
          if (!onBroken) throw error;
          reader.cancel(error).catch(() => {});
          onBroken(error);
          await new Promise(() => {});
        }
      },
      cancel(reason) {
        isCancelled = true;
        stop();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** A piece that is no `Uint8Array`. */
export class NoBytesError extends Error {
  override readonly message = 'a piece of the stream is no Uint8Array';
}
