import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { Client } from '../src/client.ts';
import { EventReader } from '../src/event-reader.ts';
import { createHttpFetcher } from './http-fetcher.ts';
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

/** The sandbox of both programs, asked of the host itself. Where code in it sleeps for half a second, it waits for {@link wake}. */
async function openSleeper(): Promise<{ wake(): Promise<void> }> {
  const box = new Box(new Client({ fetcher: createHttpFetcher(host.url), token, close: async () => {} }), 'my-sandbox');
  await box.destroy().catch(() => {});
  const sleep = `import os, time
naps = 0
def sleep(seconds, pause=time.sleep):
    global naps
    assert seconds == 0.5
    while not os.path.exists(f'/workspace/woken {naps}'): pause(0.01)
    naps += 1
time.sleep = sleep`;
  expect((await box.run(sleep)).end.outcome).toBe('ok');
  const { id: contextId } = await box.createContext();
  let woken = 0;
  return {
    wake: async () => void (await box.run(`open('/workspace/woken ${woken++}', 'w').close()`, { contextId })),
  };
}

test('the stream example prints each of the five counts before the next one is made', async () => {
  const { events } = await readSeedPrograms();
  await using worker = await open(toHandler(indentLoop(events)));
  const sleeper = await openSleeper();
  const answer = fetch(worker.url).then((response) => response.text());
  // On a busy machine the end of a line may come as an event of its own.
  const text = (): string => worker.printed.map(({ text }) => text.replace(/^Output: /, '')).join('');
  let counts = '';
  for (let n = 0; n < 5; n++) {
    counts += `Count: ${n}\n`;
    while (text().length < counts.length) await setTimeout(10);
    expect(text()).toBe(counts);
    await sleeper.wake();
  }
  expect(await answer).toBe('ended');
  expect(text()).toBe(`${counts}Execution complete`);
  expect(worker.printed[0]?.text).toMatch(/^Output: Count: 0/);
});

test('the Worker example answers an event stream whose events arrive live', async () => {
  const { worker: program } = await readSeedPrograms();
  await using worker = await open(awaitBody(addBindings(program)));
  const sleeper = await openSleeper();
  const code = 'import time\nfor i in range(5):\n    print(i)\n    time.sleep(0.5)';
  const response = await fetch(worker.url, { method: 'POST', body: JSON.stringify({ code }) });
  expect(response.headers.get('Content-Type')).toBe('text/event-stream');
  const stream = new EventReader(response);
  for (let n = 0; n < 5; n++) {
    await stream.until(`${n}\n`);
    await sleeper.wake();
  }
  const run = await stream.rest();
  expect(run.stdout).toBe('0\n1\n2\n3\n4\n');
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
