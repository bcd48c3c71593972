import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';

/**
 * Sends an answer whose body comes bit by bit over its connection. A body that breaks off ends the connection, and nothing else: its client has the head, and
 * sees that what followed is not the whole.
 */
export function sendDownload({ status, headers, body }: Response, outgoing: ServerResponse): Response {
  outgoing.writeHead(status, Object.fromEntries(headers));
  const source = Readable.fromWeb((body ?? new Blob([]).stream()) as ReadableStream);
  source.once('error', () => {
    outgoing.flushHeaders();
    outgoing.destroy();
  });
  // Its client may be gone by now.
  if (outgoing.destroyed) source.destroy();
  outgoing.once('close', () => source.destroy());
  source.pipe(outgoing);
  return RESPONSE_ALREADY_SENT;
}
