import { heartbeat } from '@quicksand/protocol';
import { type EventFeed, EventPump } from './event-pump.ts';

/** The body of an answer whose events come as they happen: a heartbeat at once, then what {@link EventPump} carries. */
export function toEventStream(feed: EventFeed): ReadableStream<Uint8Array> {
  let pump: EventPump;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(heartbeat);
        pump = new EventPump(feed, {
          write(bytes) {
            controller.enqueue(bytes);
            return false; // one chunk for each pull
          },
          end(bytes) {
            if (bytes.length > 0) controller.enqueue(bytes);
            controller.close();
          },
        });
      },
      pull: () => pump.resume(),
      cancel: () => pump.cancel(),
    },
    { highWaterMark: 0 },
  );
}
