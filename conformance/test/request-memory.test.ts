import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { measureGrowth } from './measure-growth.ts';
import { type OwnServe, openOwnServe } from './open-own-serve.ts';

// Runs that have ended are remembered for a while (R7), but not what was sent for them. Against a host in a process of its own.

const large = 900_000;
const times = 200;
/** Half of what is sent: V8 looks for garbage only when some has come together. */
const growthLimit = (large * times) / 2;

let serve: OwnServe;
let box: Box;

beforeAll(async () => {
  serve = await openOwnServe();
  box = new Box(serve.client, 'large');
});
afterAll(() => serve?.[Symbol.asyncDispose]());

const toCode = (n: number): string => `${n} #${'x'.repeat(large)}`;

test('code that has run is not held', { timeout: 60_000 }, async () => {
  expect((await box.run(toCode(0))).end.outcome).toBe('ok');
  const growth = await measureGrowth(serve.pid, async () => {
    for (let n = 0; n < times; n++) expect((await box.run(toCode(n))).end.outcome).toBe('ok');
  });
  expect(growth).toBeLessThan(growthLimit);
});

test('an id goes on naming code that is not held', async () => {
  const send = (code: string): Promise<Response> => box.post(code, { executionId: 'long' });
  expect(await (await send(toCode(1))).text()).toContain('execution_complete');
  expect(await (await send(toCode(1))).text()).toContain('execution_complete');
  for (const other of [toCode(2), '1']) await expect(send(other)).rejects.toMatchObject({ code: 'execution_conflict' });
});

test('input that a command has had is not held', { timeout: 60_000 }, async () => {
  const run = async (n: number): Promise<void> => {
    const stdin = `${n}${'x'.repeat(large)}`;
    const response = await fetch(`${serve.url}${box.path}/commands`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${serve.token}` },
      body: JSON.stringify({ command: ['true'], stdin }),
    });
    expect(await response.text()).toContain('"exitCode":0');
  };
  await run(0);
  const growth = await measureGrowth(serve.pid, async () => {
    for (let n = 0; n < times; n++) await run(n);
  });
  expect(growth).toBeLessThan(growthLimit);
});
