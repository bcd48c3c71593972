import { expect, test } from 'vitest';
import { type StreamingEvent, getSandbox, parseSSEStream } from '../src/index.ts';
import {
  complete,
  hang,
  openScriptedServer,
  out,
  reset,
  sendAndHang,
  sendAndReset,
  sendEvents,
} from './scripted-server.ts';

async function collect(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}

test('the host’s bytes come as they are, live, with and without a signal', async () => {
  for (const signal of [undefined, new AbortController().signal]) {
    const read = Promise.withResolvers<void>();
    await using server = await openScriptedServer({
      POST: async (response, arrival) => {
        sendAndHang([out('1')])(response, arrival);
        await read.promise;
        response.end(`id: 2\ndata: ${JSON.stringify(complete)}\n\n`);
      },
    });
    const stream = await getSandbox(server.url, 'a').runCodeStream('x', {
      ...(signal && { signal }),
      onStdout: () => {
        throw new Error('never called');
      },
    });
    const events = parseSSEStream<StreamingEvent>(stream);
    expect((await events.next()).value).toEqual(out('1'));
    read.resolve();
    expect((await events.next()).value).toEqual(complete);
    expect((await events.next()).done).toBe(true);
    expect(server.arrivals[0]?.body).toEqual({ code: 'x', onDisconnect: 'interrupt', executionId: expect.any(String) });
  }
});

test('without a signal the body of the answer itself is handed on', async () => {
  const response = new Response('data: {}\n\n', { headers: { 'Content-Type': 'text/event-stream' } });
  expect(await getSandbox({ fetch: async () => response }, 'a').runCodeStream('x')).toBe(response.body);
});

test('cancelling the stream closes the connection, with and without a signal', async () => {
  for (const options of [{}, { signal: new AbortController().signal }]) {
    await using server = await openScriptedServer({ POST: sendAndHang([out('1')]) });
    const reader = (await getSandbox(server.url, 'a').runCodeStream('x', options)).getReader();
    await reader.read();
    await reader.cancel();
    await server.left;
  }
});

test('an abort before the answer rejects with the reason, behind the opening it errors the stream; both cancel the execution', async () => {
  const reason = new Error('enough');
  for (const answer of [hang, sendAndHang([out('1')])]) {
    const abort = new AbortController();
    await using server = await openScriptedServer({ POST: answer });
    const opening = getSandbox(server.url, 'a').runCodeStream('x', { signal: abort.signal });
    if (answer === hang) {
      const ended = expect(opening).rejects.toBe(reason);
      await server.arrival('POST');
      abort.abort(reason);
      await ended;
    } else {
      const reader = (await opening).getReader();
      await reader.read();
      const next = expect(reader.read()).rejects.toBe(reason);
      abort.abort(reason);
      await next;
    }
    const { body } = await server.arrival('POST');
    expect((await server.arrival('DELETE')).path).toBe(`/v1/sandboxes/a/executions/${body.executionId}`);
    await server.left;
  }
});

test('an abort reaches a Fetcher that does not listen to signals', async () => {
  const reason = new Error('enough');
  const abort = new AbortController();
  const cancelled = Promise.withResolvers<unknown>();
  const body = new ReadableStream({ cancel: (why) => cancelled.resolve(why) });
  const methods: string[] = [];
  const fetcher = {
    async fetch({ method }: Request) {
      methods.push(method);
      if (method === 'DELETE') return Response.json({ interrupted: true });
      return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
    },
  };
  const reader = (await getSandbox(fetcher, 'a').runCodeStream('x', { signal: abort.signal })).getReader();
  const next = expect(reader.read()).rejects.toBe(reason);
  abort.abort(reason);
  await next;
  expect(await cancelled.promise).toBe(reason);
  expect(methods).toEqual(['POST', 'DELETE']);
});

test('an answer that comes after the abort is closed', async () => {
  const abort = new AbortController();
  const cancelled = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const fetcher = {
    fetch: ({ method }: Request) => (method === 'POST' ? answer.promise : Promise.resolve(Response.json({}))),
  };
  const opening = getSandbox(fetcher, 'a').runCodeStream('x', { signal: abort.signal });
  abort.abort('enough');
  await expect(opening).rejects.toBe('enough');
  answer.resolve(new Response(new ReadableStream({ cancel: () => cancelled.resolve() })));
  await cancelled.promise;
});

test('a stream that is cut ends as the connection did: nothing is resumed or made up', async () => {
  for (const signal of [undefined, new AbortController().signal]) {
    await using server = await openScriptedServer({ POST: sendAndReset([out('1')]) });
    const stream = await getSandbox(server.url, 'a').runCodeStream('x', signal && { signal });
    await expect(collect(stream)).rejects.toThrow();
    expect(server.arrivals).toHaveLength(1);
  }
});

test('a request that was lost is not repeated: it may have been interrupted already', async () => {
  await using server = await openScriptedServer({ POST: reset });
  await expect(getSandbox(server.url, 'a').runCodeStream('x')).rejects.toMatchObject({ code: 'connection_failed' });
  expect(server.arrivals).toHaveLength(1);
});

test('resumeCodeStream opens the events behind one, and refuses what names none', async () => {
  await using server = await openScriptedServer({ GET: sendEvents([complete], { from: 4 }) });
  const sandbox = getSandbox(server.url, 'a');
  expect(await collect(await sandbox.resumeCodeStream('e-1', { after: 3 }))).toBe(
    `id: 4\ndata: ${JSON.stringify(complete)}\n\n`,
  );
  await collect(await sandbox.resumeCodeStream('e-1', { signal: new AbortController().signal }));
  expect(server.arrivals.map(({ path, headers }) => [path, headers['last-event-id']])).toEqual([
    ['/v1/sandboxes/a/executions/e-1/events', '3'],
    ['/v1/sandboxes/a/executions/e-1/events', '0'],
  ]);
  await expect(sandbox.resumeCodeStream('a/b')).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(sandbox.resumeCodeStream('e-1', { after: -1 })).rejects.toMatchObject({ code: 'invalid_request' });
});
