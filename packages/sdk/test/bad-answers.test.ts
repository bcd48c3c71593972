import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { getSandbox } from '../src/index.ts';
import { type Answer, openScriptedServer, sendJson, sendText } from './scripted-server.ts';

const html = `<html>\n<body>${'nginx '.repeat(20_000)}</body></html>`;

test('what no host answers is bad_response with the status and the beginning of the text', async () => {
  const cases = [
    [
      sendText(502, html),
      502,
      /^http:\/\/127\.0\.0\.1:\d+ gave an answer that is not Quicksand's: 502, text\/html: <html> <body>nginx nginx/,
    ],
    [sendText(200, html), 200, /200, text\/html/],
    [sendJson(500, { error: { code: 'no_such_code', message: 'm' } }), 500, /no_such_code/],
    [sendJson(404, 'hello'), 404, /hello/],
    [
      sendText(301, '', { Location: 'https://elsewhere.example/' }),
      301,
      /301, no content type, to https:\/\/elsewhere\.example\//,
    ],
    [sendText(204, '', {}), 204, /204/],
  ] as const;
  for (const [answer, status, message] of cases) {
    await using server = await openScriptedServer({ POST: answer });
    const sandbox = getSandbox(server.url, 'a', { token: 'secret' });
    for (const call of [sandbox.runCode('x'), sandbox.runCodeStream('x')]) {
      const error = (await call.catch((e: unknown) => e)) as Error;
      expect(error).toMatchObject({
        code: 'bad_response',
        message: expect.stringMatching(message),
        details: { status },
      });
      expect(error.message.length).toBeLessThan(400);
      expect(JSON.stringify(error)).not.toContain('secret');
    }
    expect(server.arrivals).toHaveLength(2);
  }
});

test('401 is unauthorized, with or without a body of ours', async () => {
  for (const answer of [
    sendText(401, 'no'),
    sendJson(401, { error: { code: 'unauthorized', message: 'm', hint: 'a token' } }),
  ]) {
    await using server = await openScriptedServer({ GET: answer });
    await expect(getSandbox(server.url, 'a').listCodeContexts()).rejects.toMatchObject({
      code: 'unauthorized',
      hint: expect.stringContaining('token'),
    });
  }
});

test('a host that is not there is connection_failed with its URL and what to look at', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise((resolve) => server.close(resolve));
  const error = await getSandbox(`${url}/`, 'a')
    .runCode('x')
    .catch((e: unknown) => e);
  expect(error).toMatchObject({
    code: 'connection_failed',
    retryable: true,
    message: expect.stringMatching(new RegExp(`^cannot reach ${url}: connect ECONNREFUSED`)),
    hint: expect.stringContaining('is `quicksand serve` running'),
  });
});

test('an answer that breaks off is connection_failed, and a run is asked for again', async () => {
  const breakOff: Answer = (response) => {
    response.writeHead(503, { 'Content-Type': 'application/json', 'Content-Length': '100' });
    response.write('{"error":{"code":"kernel_start', () => response.destroy());
  };
  await using server = await openScriptedServer({ GET: breakOff, POST: breakOff });
  const sandbox = getSandbox(server.url, 'a');
  const expected = {
    code: 'connection_failed',
    message: expect.stringMatching(
      /^the connection to http:\/\/127\.0\.0\.1:\d+ broke in the middle of an answer \(503\)/,
    ),
  };
  await expect(sandbox.listCodeContexts()).rejects.toMatchObject(expected);
  await expect(sandbox.runCode('x')).rejects.toMatchObject(expected);
  const ids = server.arrivals.filter(({ method }) => method === 'POST').map(({ body }) => body.executionId as string);
  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(1);
});

test('an answer of success that breaks off is connection_failed, too', async () => {
  const breakOff: Answer = (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' });
    response.write('{"path":"/work', () => response.destroy());
  };
  await using server = await openScriptedServer({ GET: breakOff, PUT: breakOff });
  const sandbox = getSandbox(server.url, 'a');
  const expected = { code: 'connection_failed', message: expect.stringMatching(/in the middle of an answer \(200\)/) };
  await expect(sandbox.listFiles('.')).rejects.toMatchObject(expected);
  await expect(sandbox.writeFile('f', '1')).rejects.toMatchObject(expected);
});
