import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventReader } from '../src/event-reader.ts';
import { type ServedHost, openServedHost } from './open-host.ts';
import { type RunningWorker, openWorker } from './open-worker.ts';
import { addBindings, awaitBody, catchErrors, indentLoop, readSeedPrograms, toHandler } from './seed-programs.ts';

// The programs of the page that the API comes from, in the Workers runtime, with `@cloudflare/sandbox` standing for this project's package.

const token = 'token';
let host: ServedHost;
beforeAll(async () => {
  host = await openServedHost({ token });
});
afterAll(() => host.close());

function open(text: string): Promise<RunningWorker> {
  return openWorker({
    main: { text },
    alias: { '@cloudflare/sandbox': '@quicksand/worker' },
    variables: { QUICKSAND_URL: host.url, QUICKSAND_TOKEN: token },
  });
}

test('the stream example prints the five counts half a second apart', async () => {
  const { events } = await readSeedPrograms();
  await using worker = await open(toHandler(indentLoop(events)));
  expect(await (await fetch(worker.url)).text()).toBe('ended');
  expect(worker.printed.map(({ text }) => text)).toEqual([
    ...[0, 1, 2, 3, 4].map((n) => `Output: Count: ${n}\n`),
    'Execution complete',
  ]);
  const times = worker.printed.map(({ at }) => at);
  // Each was printed well before the next, and none was held until the end.
  for (const [n, at] of times.slice(1).entries()) expect(at - (times[n] ?? 0), `after count ${n}`).toBeGreaterThan(200);
  expect((times[4] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1500);
});

test('the Worker example answers an event stream whose events arrive live', async () => {
  const { worker: program } = await readSeedPrograms();
  await using worker = await open(awaitBody(addBindings(program)));
  const code = 'import time\nfor i in range(5):\n    print(time.time())\n    time.sleep(0.5)';
  const response = await fetch(worker.url, { method: 'POST', body: JSON.stringify({ code }) });
  expect(response.headers.get('Content-Type')).toBe('text/event-stream');
  const run = await new EventReader(response).rest();
  const prints = run.seen.filter(({ event }) => event.type === 'stdout');
  expect(prints).toHaveLength(5);
  for (const { at, event } of prints) expect(at - Number(event.text) * 1000).toBeLessThan(450);
  expect((prints[4]?.at ?? 0) - (prints[0]?.at ?? 0)).toBeGreaterThan(1500);
  expect(run.end.outcome).toBe('ok');
});

test('the stream example as it stands gets a clean IndentationError', async () => {
  const { events } = await readSeedPrograms();
  await using worker = await open(toHandler(events));
  await (await fetch(worker.url)).text();
  expect(worker.printed.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^Execution error: expected an indented block after 'for' statement on line 3/),
    'Execution complete',
  ]);
});

test('the Worker example as it stands gets a clear 400: there is no code', async () => {
  const { worker: program } = await readSeedPrograms();
  await using worker = await open(catchErrors(addBindings(program)));
  const response = await fetch(worker.url, { method: 'POST', body: JSON.stringify({ code: '1' }) });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { code: 'invalid_request', message: expect.stringMatching(/^code: /) },
  });
});
