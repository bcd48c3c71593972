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

test('events go to a client of HTTP/1.0 as they are, without the marks of chunks', async () => {
  const fetch = async () => new Response('data: {}\n\n', { headers: { 'Content-Type': 'text/event-stream' } });
  await using listener = await listen({ fetch }, { port: 0 });
  const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
  socket.write('GET /events HTTP/1.0\r\n\r\n');
  const [head, body] = (await text(socket)).split('\r\n\r\n');
  expect([head?.toLowerCase().includes('chunked'), body]).toEqual([false, 'data: {}\n\n']);
});

test('a download that breaks off before its first byte is an answer that breaks off, and no other one', async () => {
  const headers = { 'Content-Type': 'application/json', 'Content-Security-Policy': 'sandbox' };
  const open = () => new ReadableStream({ start: (controller) => controller.error(new Error('the file has gone')) });
  await using listener = await listen({ fetch: async () => new Response(open(), { headers }) }, { port: 0 });
  const response = await fetch(listener.url);
  expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'application/json']);
  await expect(response.text()).rejects.toThrow();
});
