import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { listen } from '../src/listen.ts';

test('a request of HTTP/1.0 need not name its host', async () => {
  await using listener = await listen({ fetch: async ({ url }) => new Response(new URL(url).pathname) }, { port: 0 });
  const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
  socket.write('GET /health HTTP/1.0\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\n\/health$/s);
});
