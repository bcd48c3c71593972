import { describe, expect, test } from 'vitest';
import { toForwarded } from '../src/forward.ts';

const asked = 'https://stub/v1/sandboxes/a/files?path=b%20c';

describe('a request for another server', () => {
  test('has its path, query, method, headers and body, and the token', async () => {
    const request = new Request(asked, { method: 'PUT', body: 'content', headers: { 'Last-Event-ID': '3' } });
    const forwarded = toForwarded(request, 'http://127.0.0.1:7070/below', 'secret');
    expect(forwarded.url).toBe('http://127.0.0.1:7070/below/v1/sandboxes/a/files?path=b%20c');
    expect(forwarded.method).toBe('PUT');
    expect(Object.fromEntries(forwarded.headers)).toMatchObject({
      'last-event-id': '3',
      authorization: 'Bearer secret',
    });
    expect(await forwarded.text()).toBe('content');
  });

  test('keeps the token that it carries, and has none where there is none', () => {
    const own = new Request(asked, { headers: { Authorization: 'Bearer mine' } });
    expect(toForwarded(own, 'http://host', 'secret').headers.get('Authorization')).toBe('Bearer mine');
    expect(toForwarded(new Request(asked), 'http://host', undefined).headers.has('Authorization')).toBe(false);
  });

  test('follows no redirect, and is aborted with the first', () => {
    const abort = new AbortController();
    const forwarded = toForwarded(new Request(asked, { signal: abort.signal }), 'http://host', 'secret');
    expect(forwarded.redirect).toBe('manual');
    abort.abort();
    expect(forwarded.signal.aborted).toBe(true);
  });
});
