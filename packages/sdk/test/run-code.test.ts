import { expect, test } from 'vitest';
import { type Result, SandboxError, getSandbox } from '../src/index.ts';
import {
  complete,
  hang,
  openScriptedServer,
  out,
  reset,
  sendAndHang,
  sendAndReset,
  sendEvents,
  sendJson,
  sendText,
} from './scripted-server.ts';

const context = {
  id: 'c-1',
  language: 'python',
  cwd: '/workspace/ä',
  createdAt: '2026-01-01T00:00:00.000Z',
  lastUsed: '2026-01-02T00:00:00.000Z',
  status: 'idle',
  executionCount: 0,
  queued: 0,
  restarts: 0,
};
const contextHeader = { 'Quicksand-Context': encodeURIComponent(JSON.stringify(context)) };

test('callbacks are told that what was shown before is to be cleared', async () => {
  const events = [
    out('a'),
    { ...out('b'), clear: true },
    { type: 'result', text: '1', clear: true, timestamp: 8 },
    { type: 'stderr', text: 'c', clear: true, timestamp: 8 },
    complete,
  ];
  await using server = await openScriptedServer({ POST: sendEvents(events, { headers: contextHeader }) });
  const cleared: unknown[] = [];
  const note = ({ clear }: { clear?: true }): void => void cleared.push(clear);
  const { results } = await getSandbox(server.url, 'a').runCode('x', {
    onStdout: note,
    onStderr: note,
    onResult: note,
  });
  expect(cleared).toEqual([undefined, true, true, true]);
  expect(results[0]?.formats()).toEqual(['text']);
});

test('what the code did is collected, and callbacks get it in order', async () => {
  const events = [
    out('a'),
    { type: 'stderr', text: 'b', timestamp: 8 },
    {
      type: 'result',
      text: '1',
      html: '',
      json: null,
      chart: { type: 'bar', data: [] },
      metadata: { m: 1 },
      timestamp: 8,
    },
    { type: 'error', ename: 'E', evalue: 'v', traceback: ['t'], lineNumber: 2, timestamp: 8 },
    { ...complete, outcome: 'error' },
  ];
  await using server = await openScriptedServer({ POST: sendEvents(events, { headers: contextHeader }) });
  const seen: string[] = [];
  const slowly = async (text: string): Promise<void> => {
    seen.push(`${text} begins`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    seen.push(`${text} ends`);
  };
  const execution = await getSandbox(server.url, 'a').runCode('x', {
    onStdout: ({ text, timestamp }) => slowly(`${text}${timestamp}`),
    onStderr: ({ text }) => slowly(text),
    onResult: (result: Result) => slowly(result.formats().join()),
    onError: ({ name }) => slowly(name),
  });
  expect(seen).toEqual(['a7', 'b', 'text,html,json,chart', 'E'].flatMap((text) => [`${text} begins`, `${text} ends`]));
  const plain = {
    code: 'x',
    executionId: server.arrivals[0]?.body.executionId,
    logs: { stdout: ['a'], stderr: ['b'] },
    results: [{ text: '1', html: '', json: null, chart: { type: 'bar', data: [] }, metadata: { m: 1 } }],
    error: { name: 'E', message: 'v', traceback: ['t'], lineNumber: 2 },
    executionCount: 3,
    outcome: 'error',
    state: 'kept',
    usage: complete.usage,
  };
  expect(structuredClone(execution.toJSON())).toEqual(plain);
  expect(JSON.parse(JSON.stringify(execution))).toEqual(plain);
  const where = {
    id: 'c-1',
    language: 'python',
    cwd: '/workspace/ä',
    createdAt: new Date(context.createdAt),
    lastUsed: new Date(context.lastUsed),
  };
  expect(execution.context).toEqual(where);
  expect(structuredClone(execution)).toEqual({ ...plain, context: where });
  // What has a class is refused by calls between Workers.
  expect(Object.getPrototypeOf(execution)).toBe(Object.prototype);
});

test('callbacks are called before the stream goes on', async () => {
  const called = Promise.withResolvers<void>();
  await using server = await openScriptedServer({
    POST: async (response, arrival) => {
      sendAndHang([out('first')])(response, arrival);
      await called.promise;
      response.end(`id: 2\ndata: ${JSON.stringify(complete)}\n\n`);
    },
  });
  const execution = await getSandbox(server.url, 'a').runCode('x', { onStdout: () => called.resolve() });
  expect(execution.logs.stdout).toEqual(['first']);
});

test('every option reaches the host', async () => {
  await using server = await openScriptedServer({ POST: sendEvents([complete]) });
  const sandbox = getSandbox(server.url, 'a', { token: 'secret' });
  const given = { id: 'c-9', language: 'python', cwd: '/', createdAt: new Date(), lastUsed: new Date() };
  const options = { context: given, envVars: { A: '1', B: undefined }, timeout: 5, language: 'python' } as const;
  const execution = await sandbox.runCode('x', options);
  await sandbox.runCode('y', { executionId: 'mine', onDisconnect: 'interrupt', language: 'typescript' });
  expect(execution.context).toBe(given);
  expect(server.arrivals[0]).toMatchObject({
    path: '/v1/sandboxes/a/executions',
    headers: { authorization: 'Bearer secret', accept: 'text/event-stream', 'content-type': 'application/json' },
  });
  expect(server.arrivals.map(({ body }) => body as unknown)).toEqual([
    {
      code: 'x',
      contextId: 'c-9',
      envVars: { A: '1' },
      timeout: 5,
      language: 'python',
      executionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      onDisconnect: { graceMs: 30_000 },
    },
    { code: 'y', executionId: 'mine', onDisconnect: 'interrupt', language: 'typescript' },
  ]);
});

test('another language than that of the context is refused without a request', async () => {
  await using server = await openScriptedServer({});
  const given = { id: 'c-9', language: 'python', cwd: '/', createdAt: new Date(), lastUsed: new Date() };
  const error = await getSandbox(server.url, 'a')
    .runCode('x', { context: given, language: 'javascript' })
    .catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'language_mismatch', message: 'context c-9 runs python, not javascript' });
  expect(server.arrivals).toEqual([]);
});

test('a connection that breaks is resumed behind the last event, and each event is seen once', async () => {
  await using server = await openScriptedServer({
    POST: sendAndReset([out('1'), out('2')]),
    GET: [
      sendEvents([out('2'), out('3')], { from: 2 }), // ends without execution_complete, and repeats one
      reset,
      sendJson(503, { error: { code: 'host_closing', message: 'm' } }),
      sendText(502, '<html>bad gateway</html>'),
      sendEvents([out('5')], { from: 5 }), // a gap: event 4 is missing
      sendEvents([out('4'), complete], { from: 4 }),
    ],
  });
  const execution = await getSandbox(server.url, 'a').runCode('x');
  expect(execution.logs.stdout).toEqual(['1', '2', '3', '4']);
  expect(execution.outcome).toBe('ok');
  const resumes = server.arrivals.filter(({ method }) => method === 'GET');
  expect(resumes.map(({ headers }) => headers['last-event-id'])).toEqual(['2', '3', '3', '3', '3', '3']);
  expect(new Set(resumes.map(({ path }) => path))).toEqual(
    new Set([`/v1/sandboxes/a/executions/${execution.executionId}/events`]),
  );
  expect(server.arrivals.map(({ method }) => method)).not.toContain('DELETE');
});

test('five resumes in a row without an event are the end: stream_cut', async () => {
  await using server = await openScriptedServer({ POST: sendAndReset([out('1')]), GET: reset });
  const error = await getSandbox(server.url, 'a')
    .runCode('x')
    .catch((e: unknown) => e);
  expect(error).toMatchObject({
    code: 'stream_cut',
    retryable: true,
    details: { lastEventId: 1 },
    cause: { code: 'connection_failed' },
  });
  expect(server.arrivals.filter(({ method }) => method === 'GET')).toHaveLength(5);
});

test('a resume that can never succeed is not repeated', async () => {
  const cases = [
    ['events_gone', 410, 'events_gone'],
    ['unauthorized', 401, 'unauthorized'],
    ['execution_not_found', 404, 'stream_cut'],
  ] as const;
  for (const [code, status, expected] of cases) {
    await using server = await openScriptedServer({
      POST: sendAndReset([]),
      GET: sendJson(status, { error: { code, message: 'm' } }),
    });
    await expect(getSandbox(server.url, 'a').runCode('x')).rejects.toMatchObject({ code: expected });
    expect(server.arrivals.filter(({ method }) => method === 'GET')).toHaveLength(1);
  }
});

test('a request that was lost before its answer is repeated with the same executionId', async () => {
  await using server = await openScriptedServer({ POST: [reset, reset, sendEvents([complete])] });
  await getSandbox(server.url, 'a').runCode('x');
  expect(server.arrivals).toHaveLength(3);
  expect(new Set(server.arrivals.map(({ body }) => body.executionId as string)).size).toBe(1);
});

test('the repeating is bounded, and what the host refuses is not repeated', async () => {
  await using gone = await openScriptedServer({ POST: reset });
  await expect(getSandbox(gone.url, 'a').runCode('x')).rejects.toMatchObject({ code: 'connection_failed' });
  expect(gone.arrivals).toHaveLength(3);
  for (const [code, status] of [
    ['too_many_executions', 429],
    ['host_closing', 503],
    ['code_too_long', 422],
  ] as const) {
    await using server = await openScriptedServer({
      POST: sendJson(status, { error: { code, message: 'm', hint: 'h' } }, { 'Retry-After': '2' }),
    });
    const error = await getSandbox(server.url, 'a')
      .runCode('x')
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code, hint: 'h', retryable: status !== 422, details: { retryAfterMs: 2000 } });
    expect(server.arrivals).toHaveLength(1);
  }
});

test('a callback that throws, or whose promise rejects, rejects the call and cancels the execution', async () => {
  for (const onStdout of [
    () => {
      throw new RangeError('mine');
    },
    () => Promise.reject(new RangeError('mine')),
  ]) {
    await using server = await openScriptedServer({ POST: sendAndHang([out('1'), out('2')]) });
    let calls = 0;
    const run = getSandbox(server.url, 'a').runCode('x', { executionId: 'e-1', onStdout: () => (calls++, onStdout()) });
    await expect(run).rejects.toThrow(new RangeError('mine'));
    expect(calls).toBe(1);
    expect(await server.arrival('DELETE')).toMatchObject({ path: '/v1/sandboxes/a/executions/e-1' });
    await server.left;
  }
});

test('an abort cancels the execution and rejects with the reason: before the answer, while it runs, and in a callback that never settles', async () => {
  const reason = new Error('enough');
  for (const stage of ['pending', 'running', 'callback'] as const) {
    const abort = new AbortController();
    await using server = await openScriptedServer({
      POST: stage === 'pending' ? hang : sendAndHang([out('1'), out('2')]),
    });
    const seen: string[] = [];
    const run = getSandbox(server.url, 'a').runCode('x', {
      signal: abort.signal,
      onStdout: ({ text }) => {
        seen.push(text);
        if (stage === 'running' && text === '2') abort.abort(reason);
        if (stage !== 'callback') return;
        abort.abort(reason);
        return new Promise(() => {});
      },
    });
    const ended = expect(run).rejects.toBe(reason);
    const { body } = await server.arrival('POST');
    if (stage === 'pending') abort.abort(reason);
    await ended;
    expect(seen).toEqual({ pending: [], running: ['1', '2'], callback: ['1'] }[stage]);
    expect((await server.arrival('DELETE')).path).toBe(`/v1/sandboxes/a/executions/${body.executionId}`);
    await server.left;
  }
});

test('a signal that has already aborted sends nothing', async () => {
  await using server = await openScriptedServer({});
  await expect(getSandbox(server.url, 'a').runCode('x', { signal: AbortSignal.abort('no') })).rejects.toBe('no');
  expect(server.arrivals).toEqual([]);
});

test('an abort during the wait for a resume, and a host that does not answer the cancel, do not hold the call up', async () => {
  const abort = new AbortController();
  await using server = await openScriptedServer({
    POST: sendAndReset([out('1')]),
    GET: () => abort.abort('enough'),
    DELETE: hang,
  });
  const started = performance.now();
  await expect(getSandbox(server.url, 'a').runCode('x', { signal: abort.signal })).rejects.toBe('enough');
  expect(performance.now() - started).toBeLessThan(3000);
});

test('a stream whose data is not JSON is bad_response', async () => {
  await using server = await openScriptedServer({
    POST: sendText(200, 'data: {oops\n\n', { 'Content-Type': 'text/event-stream' }),
  });
  await expect(getSandbox(server.url, 'a').runCode('x')).rejects.toMatchObject({ code: 'bad_response' });
});

test('a server that does not end its stream behind execution_complete holds nothing up, and one that does keeps its connection', async () => {
  await using open = await openScriptedServer({ POST: sendAndHang([complete]) });
  await getSandbox(open.url, 'a').runCode('x');
  await open.left;
  const ports = new Set<number | undefined>();
  await using tidy = await openScriptedServer({
    POST: (response, arrival) => {
      ports.add(response.socket?.remotePort);
      sendAndHang([complete])(response, arrival);
      // The end comes a little behind the last event, in a packet of its own.
      setTimeout(() => response.end(), 20);
    },
  });
  for (let n = 0; n < 5; n++) {
    await getSandbox(tidy.url, 'a').runCode('x');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(ports.size).toBe(1);
});

test('errors are SandboxErrors', async () => {
  await using server = await openScriptedServer({ POST: sendText(500, 'x') });
  expect(
    SandboxError.is(
      await getSandbox(server.url, 'a')
        .runCode('x')
        .catch((e: unknown) => e),
    ),
  ).toBe(true);
});

test('an option that there is not, or a context that is none, is refused, and nothing is sent', async () => {
  let requests = 0;
  await using server = await openScriptedServer({ POST: () => void requests++ });
  const sandbox = getSandbox(server.url, 'a');
  const options = { timeOut: 5 } as object;
  for (const refused of [sandbox.runCode('1', options), sandbox.runCodeStream('1', options)])
    await expect(refused).rejects.toMatchObject({ code: 'invalid_request', details: { option: 'timeOut' } });
  for (const context of ['c-1', {}, '', null, 0] as never[])
    await expect(sandbox.runCode('1', { context })).rejects.toMatchObject({ code: 'invalid_request' });
  expect(requests).toBe(0);
});
