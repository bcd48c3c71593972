import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { Client } from '../src/client.ts';
import { createHttpFetcher } from './http-fetcher.ts';
import { type ServedHost, openServedHost } from './open-host.ts';
import { type RunningWorker, openWorker } from './open-worker.ts';

// R9 through a Worker: however a client goes away, its code stops.

const token = 'token';
const executionId = 'left';
let host: ServedHost;
let gateway: RunningWorker;
let readers: RunningWorker;
beforeAll(async () => {
  host = await openServedHost({ token });
  const variables = { QUICKSAND_URL: host.url, QUICKSAND_TOKEN: token };
  gateway = await openWorker({ main: { file: './gateway.ts' }, variables });
  readers = await openWorker({ main: { file: './readers.ts' }, variables });
});
afterAll(async () => {
  await Promise.all([gateway, readers].map((worker) => worker[Symbol.asyncDispose]()));
  await host.close();
});

/** The sandbox, asked of the host itself. */
function openBox(id: string): Box {
  return new Box(new Client({ fetcher: createHttpFetcher(host.url), token, close: async () => {} }), id);
}

/** Settles when the context runs something else, since the code that nobody reads any more was stopped for that. It would run for a minute. */
async function expectStopped(box: Box): Promise<void> {
  expect((await box.run('kept')).order).toEqual(['result 1']);
  // Only now: it would be somebody who reads.
  const run = await (await box.resume(executionId, 0)).rest();
  expect(run.error.ename).toBe('Quicksand.Interrupted');
}

/** Sends code over a connection of its own; settles when `begun` was printed. */
async function postOverSocket(url: string, path: string, code: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await once(socket, 'connect');
  const body = JSON.stringify({ code, executionId });
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: sandbox\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  let text = '';
  while (!text.includes('begun')) text += String((await once(socket, 'data'))[0]);
  socket.resume();
  return socket;
}

const endless = {
  'a busy loop': `kept = 1\nprint('begun')\nwhile True: pass`,
  'a sleep': `kept = 1\nprint('begun')\nimport time\ntime.sleep(600)`,
  'a loop that prints': `kept = 1\nprint('begun')\nimport time\nwhile True: print(time.sleep(0.01))`,
};
const ways = {
  'a normal close': (socket: Socket) => void socket.destroy(),
  'a reset': (socket: Socket) => void socket.resetAndDestroy(),
};

describe('a client of the Worker that goes away', () => {
  const cases = Object.entries(ways).flatMap(([way, leave]) =>
    Object.entries(endless).map(([name, code]) => ({ way, leave, name, code })),
  );
  test.concurrent.for(cases)('by $way stops $name', async ({ way, leave, name, code }) => {
    const box = openBox(`${way} ${name}`.replaceAll(' ', '-'));
    const socket = await postOverSocket(gateway.url, `${box.path}/executions`, code);
    leave(socket);
    await expectStopped(box);
    socket.destroy();
    await box.destroy();
  });
});

describe('a program in the Worker that loses interest', () => {
  const run = async (reader: string, id: string): Promise<Response> =>
    fetch(`${readers.url}/${reader}`, {
      method: 'POST',
      body: JSON.stringify({ sandbox: id, code: endless['a busy loop'], executionId, until: 'begun' }),
    });

  test.concurrent('by cancelling the stream stops the code', async () => {
    const box = openBox('cancels');
    expect(await (await run('cancel', box.id)).text()).toContain('begun');
    await expectStopped(box);
    await box.destroy();
  });

  test.concurrent('by aborting its signal stops the code', async () => {
    const box = openBox('aborts');
    expect(await (await run('abort', box.id)).json()).toMatchObject({ error: { message: 'Error: enough' } });
    await expectStopped(box);
    await box.destroy();
  });
});
