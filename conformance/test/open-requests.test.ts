import { expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { Client } from '../src/client.ts';
import { createHttpFetcher } from './http-fetcher.ts';
import { openServedHost } from './open-host.ts';

const token = 'token';

test('a served host counts the requests whose answer has not ended: what a Durable Object asks before it stops its container', async () => {
  await using host = await openServedHost({ token });
  const client = new Client({ fetcher: createHttpFetcher(host.url), token, close: async () => {} });
  const countOpen = async (): Promise<number> => {
    const text = await (await client.send('GET', '/metrics')).text();
    return Number(/^quicksand_requests_open (\d+)$/m.exec(text)?.[1]);
  };
  const box = new Box(client, 'open-requests');
  const run = await box.start('import time\ntime.sleep(600)');
  expect(await countOpen()).toBe(2);
  await run.cancel();
  // The host learns of the closed connection, not of the cancel.
  await expect.poll(countOpen).toBe(1);
  await box.destroy();
});
