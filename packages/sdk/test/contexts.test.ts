import { expect, test } from 'vitest';
import { getSandbox } from '../src/index.ts';
import { hang, openScriptedServer, sendJson, sendText } from './scripted-server.ts';

const context = {
  id: 'c-1',
  language: 'python',
  cwd: '/workspace',
  createdAt: '2026-01-01T00:00:00.000Z',
  lastUsed: '2026-01-02T00:00:00.000Z',
  status: 'idle',
  executionCount: 0,
  queued: 0,
  restarts: 0,
};
const expected = {
  id: 'c-1',
  language: 'python',
  cwd: '/workspace',
  createdAt: new Date(context.createdAt),
  lastUsed: new Date(context.lastUsed),
};

test('an option that there is not is refused, and nothing is sent', async () => {
  await using server = await openScriptedServer({});
  const created = getSandbox(server.url, 'a').createCodeContext({ envvars: {} } as object);
  await expect(created).rejects.toMatchObject({ code: 'invalid_request', details: { option: 'envvars' } });
  expect(server.arrivals).toEqual([]);
});

test('contexts are created, listed and deleted, with dates as dates', async () => {
  await using server = await openScriptedServer({
    POST: sendJson(201, context),
    GET: sendJson(200, { contexts: [context] }),
    DELETE: (response) => response.writeHead(204).end(),
  });
  for (const api of [getSandbox(server.url, 'a'), getSandbox(server.url, 'a').interpreter]) {
    server.arrivals.length = 0;
    expect(
      await api.createCodeContext({
        language: 'python',
        cwd: '/tmp',
        envVars: { A: '1', B: undefined },
        timeout: 1000,
      }),
    ).toEqual(expected);
    expect(await api.createCodeContext()).toEqual(expected);
    expect(await api.listCodeContexts()).toEqual([expected]);
    expect(await api.deleteCodeContext('c-1')).toBeUndefined();
    expect(server.arrivals.map(({ method, path, body }) => [method, path, body as unknown])).toEqual([
      ['POST', '/v1/sandboxes/a/contexts', { language: 'python', cwd: '/tmp', envVars: { A: '1' } }],
      ['POST', '/v1/sandboxes/a/contexts', {}],
      ['GET', '/v1/sandboxes/a/contexts', ''],
      ['DELETE', '/v1/sandboxes/a/contexts/c-1', ''],
    ]);
  }
});

test('destroy ends the sandbox', async () => {
  await using server = await openScriptedServer({ DELETE: (response) => response.writeHead(204).end() });
  expect(await getSandbox(server.url, 'a').destroy()).toBeUndefined();
  expect(server.arrivals).toMatchObject([{ method: 'DELETE', path: '/v1/sandboxes/a' }]);
});

test('the timeout of createCodeContext is that of the request: for its headers and for its body', async () => {
  const answers = [
    hang,
    (response: import('node:http').ServerResponse) =>
      void response.writeHead(201, { 'Content-Type': 'application/json' }).write('{'),
  ];
  for (const answer of answers) {
    await using server = await openScriptedServer({ POST: answer });
    const started = performance.now();
    const error = await getSandbox(server.url, 'a')
      .createCodeContext({ timeout: 60 })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'request_timeout', retryable: true, details: { timeoutMs: 60 } });
    expect(performance.now() - started).toBeGreaterThan(50);
    // Not `left`: on a busy machine the request may not have arrived when its time is over.
    await server.quiet();
  }
});

test('the timeout ends a Fetcher whose body never comes and that listens to no signal', async () => {
  const fetcher = { fetch: async () => new Response(new ReadableStream(), { status: 201 }) };
  await expect(getSandbox(fetcher, 'a').createCodeContext({ timeout: 20 })).rejects.toMatchObject({
    code: 'request_timeout',
  });
});

test('a timeout that is none is refused', async () => {
  for (const timeout of [0, -1, Number.NaN]) {
    await expect(getSandbox('http://127.0.0.1:1', 'a').createCodeContext({ timeout })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  }
});

test('answers that are no contexts are bad_response', async () => {
  for (const answer of [
    sendText(200, '<html>hello</html>'),
    sendJson(200, { contexts: [{ id: 1 }] }),
    sendText(200, ''),
  ]) {
    await using server = await openScriptedServer({ GET: answer });
    await expect(getSandbox(server.url, 'a').listCodeContexts()).rejects.toMatchObject({
      code: 'bad_response',
      details: { status: 200 },
    });
  }
});

test('the host’s own errors come through', async () => {
  const error = { code: 'context_not_found', message: 'no c-9', hint: 'h', details: { contextId: 'c-9' } };
  await using server = await openScriptedServer({ DELETE: sendJson(404, { error }) });
  await expect(getSandbox(server.url, 'a').deleteCodeContext('c-9')).rejects.toMatchObject({ ...error, status: 404 });
});
