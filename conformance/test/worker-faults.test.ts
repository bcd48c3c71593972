import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { getSandbox } from '@quicksand/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cut, openBrokenHost } from './broken-host.ts';
import { createHttpFetcher } from './http-fetcher.ts';
import { type ServedHost, openServedHost } from './open-host.ts';
import { type RunningWorker, openWorker } from './open-worker.ts';

// A host that cannot be reached, refuses, or dies gives a clear error wherever the code was asked for; never a stream that ends as if all were well.

const token = 'token';
let host: ServedHost;
beforeAll(async () => {
  host = await openServedHost({ token });
});
afterAll(() => host.close());

type Variables = Readonly<Record<string, string>>;

const openGateway = (variables: Variables): Promise<RunningWorker> =>
  openWorker({ main: { file: './gateway.ts' }, variables });

/** Runs code through the gateway, as a program outside with the sdk does. */
async function runOutside(variables: Variables, options: { token?: string } = {}): Promise<unknown> {
  await using gateway = await openGateway(variables);
  // Awaited here: the Worker ends with this function.
  return await getSandbox(createHttpFetcher(gateway.url), randomUUID(), options).runCode('1 + 1');
}

/** An address at which nobody listens. */
async function findClosedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

describe('a Worker whose host', () => {
  test('is down says so, and where it looked', async () => {
    const url = await findClosedPort();
    await expect(runOutside({ QUICKSAND_URL: url })).rejects.toMatchObject({
      code: 'connection_failed',
      message: expect.stringContaining(url),
      hint: expect.stringContaining('QUICKSAND_URL'),
    });
  });

  test('refuses its token names the secret', async () => {
    await expect(runOutside({ QUICKSAND_URL: host.url, QUICKSAND_TOKEN: 'wrong' })).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining("refuses the token in the Worker's secret QUICKSAND_TOKEN"),
    });
  });

  test('asks for a token that it does not have names the secret', async () => {
    await expect(runOutside({ QUICKSAND_URL: host.url })).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('QUICKSAND_TOKEN is not set'),
    });
  });

  test('gets the token of the caller, where the caller has one', async () => {
    await expect(runOutside({ QUICKSAND_URL: host.url, QUICKSAND_TOKEN: 'wrong' }, { token })).resolves.toMatchObject({
      outcome: 'ok',
    });
    await expect(
      runOutside({ QUICKSAND_URL: host.url, QUICKSAND_TOKEN: token }, { token: 'mine' }),
    ).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'the token is not the one of this host',
    });
  });

  test.for(['not a url', 'ftp://127.0.0.1', 'http://name:secret@127.0.0.1:7070', 'http://127.0.0.1/?a=1'])(
    'has the address %s is told what is wrong with it, without the address',
    async (url) => {
      const failed = runOutside({ QUICKSAND_URL: url });
      await expect(failed).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining('QUICKSAND_URL'),
      });
      await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
    },
  );

  test('is not configured at all says what to set', async () => {
    await expect(runOutside({})).rejects.toMatchObject({
      code: 'backend_unavailable',
      hint: expect.stringContaining('QUICKSAND_URL'),
    });
  });

  test('is behind a path of its address is found there', async () => {
    await using gateway = await openGateway({ QUICKSAND_URL: `${host.url}/no/such/`, QUICKSAND_TOKEN: token });
    const response = await fetch(`${gateway.url}/health`);
    expect(await response.json()).toMatchObject({
      error: { code: 'route_not_found', message: 'there is no GET /no/such/health' },
    });
  });
});

describe.for<Cut>(['reset', 'close'])('a host that dies in the middle of a stream by a %s of its connection', (cut) => {
  test.concurrent('breaks the stream of the reader', async () => {
    await using broken = await openBrokenHost(cut);
    await using gateway = await openGateway({ QUICKSAND_URL: broken.url });
    const stream = await getSandbox(createHttpFetcher(gateway.url), 'broken').runCodeStream('1');
    let text = '';
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const part of stream) text += decoder.decode(part, { stream: true });
    })();
    await expect(reading).rejects.toThrow();
    expect(text).toContain('begun');
    expect(text).not.toContain('execution_complete');
  });

  test.concurrent('gives runCode a stream_cut', async () => {
    await using broken = await openBrokenHost(cut);
    await using gateway = await openGateway({ QUICKSAND_URL: broken.url });
    const running = getSandbox(createHttpFetcher(gateway.url), 'broken').runCode('1');
    await expect(running).rejects.toMatchObject({
      code: 'stream_cut',
      details: { lastEventId: 1 },
    });
  });

  test.concurrent.for(['stream', 'run'])('breaks the reading of a program in the Worker: %s', async (reader) => {
    await using broken = await openBrokenHost(cut);
    await using worker = await openWorker({ main: { file: './readers.ts' }, variables: { QUICKSAND_URL: broken.url } });
    const response = await fetch(`${worker.url}/${reader}`, {
      method: 'POST',
      body: JSON.stringify({ sandbox: 'broken', code: '1' }),
    });
    expect(response.status).toBe(500);
    const { error } = (await response.json()) as { error: { code?: string; message: string } };
    expect(error).toMatchObject(
      reader === 'run' ? { code: 'stream_cut' } : { message: expect.stringMatching(/connection|lost|disconnect/i) },
    );
  });
});

test('a host that shuts down ends its streams by name', async () => {
  const closing = await openServedHost({ token });
  await using gateway = await openGateway({ QUICKSAND_URL: closing.url, QUICKSAND_TOKEN: token });
  const sandbox = getSandbox(createHttpFetcher(gateway.url), 'closing');
  let closed: Promise<void> | undefined;
  const execution = await sandbox.runCode(`print('begun')\nwhile True: pass`, {
    onStdout: () => void (closed ??= closing.close()),
  });
  expect(execution.error).toMatchObject({ name: 'Quicksand.HostClosing' });
  await closed;
});
