import { expect, test } from 'vitest';
import { toGuarded } from '../src/guard-body.ts';

const url = 'http://sandbox/v1/sandboxes/a/files?path=b';
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a body that ends is passed on whole', async () => {
  const body = new Blob(['one', 'two']).stream();
  const guarded = toGuarded(new Request(url, { method: 'PUT', body, headers: { 'Content-Type': 'text/plain' } }));
  expect([guarded.url, guarded.method, guarded.headers.get('Content-Type')]).toEqual([url, 'PUT', 'text/plain']);
  expect(await guarded.text()).toBe('onetwo');
  expect(guarded.signal.aborted).toBe(false);
});

test('a body that breaks off ends the request, and never the body', async () => {
  const broken = new Error('the client has gone');
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(encode('half')),
    pull: (controller) => controller.error(broken),
  });
  const guarded = toGuarded(new Request(url, { method: 'PUT', body }));
  const aborted = new Promise<unknown>((resolve) =>
    guarded.signal.addEventListener('abort', () => resolve(guarded.signal.reason)),
  );
  const reader = guarded.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('half');
  let hasEnded = false;
  const rest = reader?.read().finally(() => (hasEnded = true));
  rest?.catch(() => {});
  expect(await aborted).toMatchObject({ message: broken.message });
  expect(hasEnded).toBe(false);
});

test('a request without a body, and one that says its length, are passed on as they are', () => {
  const without = new Request(url);
  const known = new Request(url, { method: 'PUT', body: 'known', headers: { 'Content-Length': '5' } });
  expect(toGuarded(without)).toBe(without);
  expect(toGuarded(known)).toBe(known);
});

test('an abort of the request aborts what is passed on', () => {
  const abort = new AbortController();
  const body = new ReadableStream();
  const guarded = toGuarded(new Request(url, { method: 'PUT', body, signal: abort.signal }));
  abort.abort(new Error('enough'));
  expect(guarded.signal.aborted).toBe(true);
});
