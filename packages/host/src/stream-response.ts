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
 * How long an answer waits for its first event before it begins without one, in milliseconds: the whole of a short execution is one write then, and wakes its
 * client once. Longer than a short execution takes on a slow machine, and too short to be noticed by anybody who waits for the first byte.
 */
const openingMs = 5;

const nothing = new Uint8Array(0);

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
  // The head goes out with the first bytes, and a heartbeat before all others.
  let isOpen = false;
  const begin = (bytes: Uint8Array, more: Readonly<Record<string, number>> = {}): Uint8Array => {
    clearTimeout(opening);
    isOpen = true;
    outgoing.writeHead(200, { ...all, ...more });
    return Buffer.concat([heartbeat, bytes]);
  };
  const write = (bytes: Uint8Array, onWritten: () => void = () => {}): boolean =>
    outgoing.write(isOpen ? bytes : begin(bytes), (error) => {
      if (!error) onWritten();
    });
  const end = (bytes: Uint8Array): void => {
    outgoing.end(isOpen ? bytes : begin(bytes, { 'Content-Length': heartbeat.length + bytes.length }));
  };
  const opening = setTimeout(() => write(nothing), openingMs);
  const pump = new EventPump(feed, { write, end });
  const cancel = (): void => {
    clearTimeout(opening);
    pump.cancel();
  };
  outgoing.on('drain', () => pump.resume());
  outgoing.on('close', cancel);
  // It may have gone before there was anything to answer.
  if (outgoing.destroyed) cancel();
  pump.resume();
  return RESPONSE_ALREADY_SENT;
}
