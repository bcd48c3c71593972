import { expect, test } from 'vitest';
import { openServedHost } from './open-host.ts';
import { openWorker } from './open-worker.ts';

test('the sdk in a Worker carries files both ways', { timeout: 60_000 }, async () => {
  await using host = await openServedHost({ token: 'token' });
  const variables = { QUICKSAND_URL: host.url, QUICKSAND_TOKEN: 'token' };
  await using worker = await openWorker({ main: { file: './readers.ts' }, variables });
  const size = 3_000_000;
  const task = { method: 'POST', body: JSON.stringify({ sandbox: 'files', code: String(size) }) };
  const response = await fetch(`${worker.url}/files`, task);
  expect(await response.json()).toEqual([size, size, size, size * (4 / 3), ['copy', 'in', 'in/file']]);
});

test('an upload whose stream breaks off in a Worker leaves the old file', { timeout: 60_000 }, async () => {
  await using host = await openServedHost({ token: 'token' });
  const variables = { QUICKSAND_URL: host.url, QUICKSAND_TOKEN: 'token' };
  await using worker = await openWorker({ main: { file: './readers.ts' }, variables });
  for (const code of ['0', '100', '1000000']) {
    const task = { method: 'POST', body: JSON.stringify({ sandbox: 'broken', code }) };
    const response = await fetch(`${worker.url}/broken`, task);
    expect(await response.json(), code).toEqual(['upload_cut', 'old']);
  }
});
