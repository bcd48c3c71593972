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

/**
 * How long an answer waits for its first event before it begins without one, in milliseconds, while others are as young: the whole of a short execution is
 * one write then, and wakes its client once. Alone it begins at once, since the host has nothing better to do.
 */
const openingMs = 20;

/** The answers of this process that are that young. */
let young = 0;

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
  // The head goes out with the first bytes.
  let isOpen = false;
  const write = (bytes: Uint8Array): boolean => {
    if (isOpen) return outgoing.write(bytes);
    isOpen = true;
    return outgoing.write(bytes === heartbeat ? bytes : Buffer.concat([heartbeat, bytes]));
  };
  let growing: NodeJS.Timeout | undefined = setTimeout(() => grow(), openingMs);
  const grow = (): void => {
    if (!growing) return;
    clearTimeout(growing);
    growing = undefined;
    young--;
    if (!isOpen && !outgoing.destroyed) write(heartbeat);
  };
  const end = (): void => {
    isOpen = true;
    grow();
    outgoing.end();
  };
  const pump = new EventPump(feed, { write, end });
  outgoing.on('drain', () => pump.resume());
  outgoing.on('close', () => {
    grow();
    pump.cancel();
  });
  // It may have gone before there was anything to answer.
  if (outgoing.destroyed) pump.cancel();
  if (young++ === 0) write(heartbeat);
  pump.resume();
  return RESPONSE_ALREADY_SENT;
}
