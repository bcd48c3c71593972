import { heartbeat } from '@quicksand/protocol';
import type { LogReader } from './event-log.ts';

/** The headers of every answer whose body is a stream of events. */
export const streamHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
} as const;

/** Longest quiet time on a stream before a heartbeat. The Workers runtime notices a closed connection only when it writes, so a cancel waits for it. */
const heartbeatMs = 500;
/** Most bytes handed on at once. */
const chunkBytes = 64 * 1024;

/** How {@link toEventStream} ends. */
export interface EventStreamOptions {
  readonly reader: LogReader;
  /** The client went away before the end. */
  readonly onGone: () => void;
}

/**
 * The body of an execution stream: a heartbeat at once, then every event as it happens (R1), and a heartbeat for each quiet half second. Nothing is taken
 * from the log before the client asks for it (R8). Bursts are joined.
 */
export function toEventStream({ reader, onGone }: EventStreamOptions): ReadableStream<Uint8Array> {
  let gone = false;
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(heartbeat),
      async pull(controller) {
        // A pull that enqueues nothing would not be called again for the same read.
        for (let chunk: Uint8Array | undefined; !gone && !chunk;) {
          chunk = await nextChunk(reader);
          if (gone) return;
          if (chunk) controller.enqueue(chunk);
          if (!reader.finished) continue;
          gone = true;
          reader.close();
          controller.close();
        }
      },
      cancel() {
        if (gone) return;
        gone = true;
        reader.close();
        onGone();
      },
    },
    { highWaterMark: 0 },
  );
}

async function nextChunk(reader: LogReader): Promise<Uint8Array | undefined> {
  const ready = reader.take(chunkBytes);
  if (ready.length > 0) return join(ready);
  if (reader.finished) return undefined;
  const quiet = Promise.withResolvers<'quiet'>();
  const timer = setTimeout(() => quiet.resolve('quiet'), heartbeatMs);
  const first = await Promise.race([reader.changed(), quiet.promise]);
  clearTimeout(timer);
  if (first === 'quiet') return heartbeat;
  const taken = reader.take(chunkBytes);
  return taken.length > 0 ? join(taken) : undefined;
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only ? only : Buffer.concat(pieces);
}
