import { type Host, type HostLimits, createHost } from '@quicksand/host';
import type { ErrorBody } from '@quicksand/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { Client } from '../src/client.ts';
import { openDataFolder } from './data-folder.ts';

// What a host takes on: limits of executions where they are not the defaults, and its end.

const limits: Partial<HostLimits> = {
  defaultTimeoutMs: 300,
  maxTimeoutMs: 5000,
  maxQueued: 2,
  outputBytes: 100_000,
  logBytes: 20_000,
  logKeepMs: 2000,
};

let folder: Awaited<ReturnType<typeof openDataFolder>>;
let host: Host;
beforeAll(async () => {
  folder = await openDataFolder();
  host = await createHost({ dataFolder: folder.path, poolSize: 0, limits });
});
afterAll(async () => {
  await host?.close();
  await folder?.[Symbol.asyncDispose]();
});

const connect = (): Client => new Client({ fetcher: host, close: async () => {} });
const open = (id: string): Box => new Box(connect(), id);

test('code that names no timeout has the default one', async () => {
  const run = await open('default').run('while True: pass');
  expect(run.error).toMatchObject({ ename: 'Quicksand.Timeout', evalue: expect.stringContaining('300 ms') });
});

test('a timeout over the maximum is refused, and the maximum is not', async () => {
  const box = open('maximum');
  expect((await box.run('1', { timeout: 5000 })).end.outcome).toBe('ok');
  await expect(box.run('1', { timeout: 5001 })).rejects.toMatchObject({
    code: 'invalid_request',
    hint: expect.stringContaining('5000'),
  });
});

test('so many executions wait, and no more', async () => {
  const box = open('queue');
  const first = await box.start(`print('begun')\nwhile True: pass`, { timeout: 5000 });
  await first.until('begun');
  const waiting = [await box.start('1'), await box.start('2')];
  await expect(box.start('3')).rejects.toMatchObject({ code: 'too_many_executions' });
  await box.cancel(first.executionId);
  for (const stream of [first, ...waiting]) await stream.rest();
});

test('output over its limit ends the code by name', async () => {
  const run = await open('output').run(`while True: print('x' * 999)`, { timeout: 5000 });
  expect(run.error).toMatchObject({ ename: 'Quicksand.OutputLimit', evalue: expect.stringContaining('100000') });
  expect(run.stdout.length).toBeLessThanOrEqual(100_000);
});

test('a log holds its newest events, and for a time after the end', async () => {
  const box = open('log');
  const stream = await box.start(`for n in range(10): display('x' * 5000)`, { timeout: 5000 });
  const { seen } = await stream.rest();
  await expect(box.resume(stream.executionId, 0)).rejects.toMatchObject({ code: 'events_gone' });
  expect((await (await box.resume(stream.executionId, seen.length - 2)).rest()).seen).toHaveLength(2);
  await expect
    .poll(
      () =>
        box.resume(stream.executionId, seen.length).then(
          () => 'held',
          (error: { code: string }) => error.code,
        ),
      { timeout: 10_000 },
    )
    .toBe('execution_not_found');
});

test('a host that ends takes on nothing, and says when to try again', async () => {
  const closing = host.close();
  const { path } = open('late');
  const { status, headers, body } = await connect().json<ErrorBody>('POST', `${path}/executions`, {
    body: { code: '1' },
  });
  expect([status, headers.get('Retry-After'), body.error.code]).toEqual([503, '1', 'host_closing']);
  await closing;
});
