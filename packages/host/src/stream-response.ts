import type { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { heartbeat } from '@quicksand/protocol';
import type { Context as Call } from 'hono';
import { type EventFeed, EventPump } from './event-pump.ts';
import { toEventStream } from './event-stream.ts';

/** The headers of every answer whose body is a stream of events. */
const streamHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
};

/** What a call brings along when it came over HTTP, and not from the embedding program. */
export interface HttpCall {
  readonly outgoing?: ServerResponse;
}

/**
 * The answer to a call for events. Over HTTP they are written to the connection itself: a web stream in between costs as much as all the rest of a short
 * execution.
 */
export function toStreamResponse(call: Call, feed: EventFeed, headers: Readonly<Record<string, string>>): Response {
  const { outgoing } = call.env as HttpCall;
  const all = { ...streamHeaders, ...headers };
  if (!outgoing) return new Response(toEventStream(feed), { headers: all });
  outgoing.writeHead(200, all);
  const pump = new EventPump(feed, {
    write: (bytes) => outgoing.write(bytes),
    end: () => outgoing.end(),
  });
  outgoing.on('drain', () => pump.resume());
  outgoing.on('close', () => pump.cancel());
  // It may have gone before there was anything to answer.
  if (outgoing.destroyed) pump.cancel();
  if (outgoing.write(heartbeat)) pump.resume();
  return RESPONSE_ALREADY_SENT;
}
