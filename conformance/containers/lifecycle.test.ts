import { type Sandbox, getSandbox } from '@quicksand/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpFetcher } from '../test/http-fetcher.ts';
import { type RunningWorker, openWorker } from '../test/open-worker.ts';
import { images } from './images.ts';
import { type Podman, openPodman } from './open-podman.ts';

// An object starts its container when it is needed and stops it when it is not; nothing of it depends on the object's memory.

const sleepAfterMs = 4000;
let podman: Podman;
let worker: RunningWorker;

const open = ({ image = images.host as string, socket = podman.socket } = {}): Promise<RunningWorker> =>
  openWorker({
    main: { file: './container.ts' },
    variables: { SLEEP_AFTER: `${sleepAfterMs / 1000}s` },
    container: { image, sidecar: images.sidecar, socket },
  });

beforeAll(async () => {
  podman = await openPodman({ granted: true });
  worker = await open();
});
afterAll(async () => {
  await worker?.[Symbol.asyncDispose]();
  await podman?.[Symbol.asyncDispose]();
});

const openSandbox = (id: string, on = worker): Sandbox => getSandbox(createHttpFetcher(on.url), id);
const countRunning = async (): Promise<number> => (await podman.running(images.host)).length;
const untilStopped = (): Promise<void> => expect.poll(countRunning, { timeout: 50_000, interval: 200 }).toBe(0);

describe('the container of an object', { timeout: 150_000 }, () => {
  test('is started once by requests that come together, stopped when it is idle, and started again', async () => {
    expect(await countRunning()).toBe(0);
    const sandbox = openSandbox('idle');
    const runs = await Promise.all(['x = 1', 'x = 1', 'x = 1'].map((code) => sandbox.runCode(code)));
    expect(runs.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok']);
    expect(await countRunning()).toBe(1);
    await untilStopped();
    expect((await sandbox.runCode('x')).error?.name).toBe('NameError');
    await untilStopped();
  });

  test('is not stopped while a stream is open, also when the object was evicted', async () => {
    const code = `import time\nfor n in range(${3 * (sleepAfterMs / 1000)}): print(n, flush=True); time.sleep(1)`;
    const evicted = { seen: false };
    const run = await openSandbox('streams').runCode(code, {
      async onStdout() {
        if (!evicted.seen) await worker.evict('streams');
        evicted.seen = true;
      },
    });
    expect(run.outcome).toBe('ok');
    expect(run.logs.stdout.join('').split('\n').length).toBe(3 * (sleepAfterMs / 1000) + 1);
    await untilStopped();
  });

  test('that is evicted while it is idle is stopped all the same', async () => {
    await openSandbox('forgotten').runCode('1');
    await worker.evict('forgotten');
    await untilStopped();
  });

  test('that dies while code runs gives a clear error, and the next request a new one', async () => {
    const sandbox = openSandbox('dies');
    let killed: Promise<unknown> | undefined;
    const run = sandbox.runCode('print("begun", flush=True)\nimport time\ntime.sleep(600)', {
      onStdout: () => void (killed ??= podman.running(images.host).then((names) => podman.run('kill', ...names))),
    });
    await expect(run).rejects.toMatchObject({
      code: expect.stringMatching(/^(stream_cut|connection_failed|execution_not_found|sandbox_not_found)$/),
    });
    await killed;
    expect((await sandbox.runCode('1 + 1')).results[0]?.text).toBe('2');
    await untilStopped();
  });
});

describe('a container that cannot serve', { timeout: 150_000 }, () => {
  test('because there is no such image says so', async () => {
    await using none = await open({ image: 'localhost/quicksand-test-none:latest' });
    await expect(openSandbox('none', none).runCode('1')).rejects.toMatchObject({ code: 'backend_unavailable' });
  });

  test('because it may not isolate says that it ended, and where to read why', async () => {
    await using strict = await openPodman({ granted: false });
    await using refusing = await open({ socket: strict.socket });
    await expect(openSandbox('refuses', refusing).runCode('1')).rejects.toMatchObject({
      code: 'backend_unavailable',
      hint: expect.stringContaining('QUICKSAND_ALLOW_WEAK'),
    });
  });
});
