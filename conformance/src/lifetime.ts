import { setTimeout } from 'node:timers/promises';
import { getSandbox } from '@quicksand/sdk';
import { expect, test } from 'vitest';
import type { Box } from './box.ts';
import type { Suite } from './suite.ts';

/** Long enough for two requests behind each other on a busy machine, short enough to wait for. Milliseconds. */
const sleepAfter = 300;

export function describeLifetime(suite: Suite): void {
  const runs = async (box: Box): Promise<boolean> => (await suite.runningSandboxes()).includes(box.id);
  const untilAsleep = async (box: Box): Promise<void> => {
    while (await runs(box)) await setTimeout(10);
  };
  /** Changes the lifetime of a sandbox; its next idle time begins now. */
  const change = async (box: Box, body: object): Promise<object> =>
    (await suite.client.json('PATCH', box.path, { body })).body;
  /** A sandbox that is used now and sleeps; when it does, one that was used before would sleep too. */
  const untilOthersWouldSleep = async (): Promise<void> => {
    const box = suite.box();
    await box.run('1');
    await change(box, { sleepAfter });
    await untilAsleep(box);
  };

  suite.topic('sleep', () => {
    test.concurrent('an idle sandbox sleeps; its files are kept, and its next use starts it again', async () => {
      const box = suite.box();
      await box.run(`x = 1\nopen('file', 'w').write('kept')\nopen('/tmp/file', 'w').write('lost')`);
      expect(await change(box, { sleepAfter })).toMatchObject({ id: box.id, sleepAfter, keepAlive: false });
      await untilAsleep(box);
      const run = await box.run(`import os\nprint(open('file').read(), os.path.exists('/tmp/file'), 'x' in globals())`);
      expect(run.stdout).toBe('kept False False\n');
    });

    test.concurrent('a request says it for the sandbox that it starts', async () => {
      const box = suite.box();
      const headers = { 'Quicksand-Sleep-After': String(sleepAfter) };
      await suite.client.send('POST', `${box.path}/contexts`, { body: {}, headers });
      await untilAsleep(box);
      await suite.client.send('POST', `${box.path}/contexts`, { body: {} });
      expect(await box.info()).toMatchObject({ sleepAfter: 600_000, keepAlive: false });
    });

    test.concurrent('code that runs keeps it awake, also when nobody reads', async () => {
      const box = suite.box();
      const fields = { executionId: 'long', onDisconnect: { graceMs: 60_000 } };
      const stream = await box.post(
        `import os, time\nwhile not os.path.exists('end'): time.sleep(0.01)\nprint('ended')`,
        fields,
      );
      // While it runs: a slow client would find it asleep, and begin it anew with the usual lifetime.
      await change(box, { sleepAfter });
      await stream.body?.cancel();
      await untilOthersWouldSleep();
      expect(await runs(box)).toBe(true);
      await box.run(`open('end', 'w')`, { contextId: (await box.createContext()).id });
      expect((await (await box.resume('long', 0)).rest()).stdout).toBe('ended\n');
      await untilAsleep(box);
    });

    test.concurrent('keepAlive keeps it awake, until it is taken back', async () => {
      const box = suite.box();
      await box.run('x = 1');
      await change(box, { sleepAfter, keepAlive: true });
      await untilOthersWouldSleep();
      expect((await box.run('x')).order).toEqual(['result 1']);
      expect(await change(box, { keepAlive: false })).toMatchObject({ sleepAfter, keepAlive: false });
      await untilAsleep(box);
    });

    test.concurrent('a process in the background sleeps with it; one that somebody reads keeps it awake', async () => {
      const [left, read] = [suite.box(), suite.box()];
      const process = { command: 'echo begun; exec sleep 600', processId: 'p' };
      for (const box of [left, read]) await suite.client.call('startProcess', { sandboxId: box.id }, process);
      const reader = (await suite.client.send('GET', `${read.path}/processes/p/events`)).body?.getReader();
      await reader?.read();
      await Promise.all([left, read].map((box) => change(box, { sleepAfter })));
      await untilAsleep(left);
      await untilOthersWouldSleep();
      expect(await runs(read)).toBe(true);
      await reader?.cancel();
      await untilAsleep(read);
      const ended = await suite.client.call<{ status: string }>('getProcess', { sandboxId: left.id, processId: 'p' });
      expect(ended.status).toBe('killed');
    });

    test.concurrent('a file that is being read keeps it awake', async () => {
      const box = suite.box();
      await box.run(`open('large', 'wb').write(b'x' * 40_000_000)`);
      const path = encodeURIComponent('/workspace/large');
      const reader = (await suite.client.send('GET', `${box.path}/files?path=${path}`)).body?.getReader();
      await change(box, { sleepAfter });
      let length = (await reader?.read())?.value?.length ?? 0;
      await untilOthersWouldSleep();
      expect(await runs(box)).toBe(true);
      for (let read = await reader?.read(); read?.value; read = await reader?.read()) length += read.value.length;
      expect(length).toBe(40_000_000);
      await untilAsleep(box);
    });

    test.concurrent('it can be put to sleep: what runs is told, files are kept', async () => {
      const box = suite.box();
      const stream = await box.start(
        `open('file', 'w').write('kept')\nprint('begun', flush=True)\nimport time\ntime.sleep(60)`,
      );
      await stream.next();
      expect((await suite.client.send('POST', `${box.path}/sleep`)).status).toBe(204);
      const run = await stream.rest();
      expect(run.error).toMatchObject({ ename: 'Quicksand.ContextDeleted', evalue: expect.stringContaining('sleep') });
      expect(run.end).toMatchObject({ outcome: 'killed', state: 'lost' });
      expect(await runs(box)).toBe(false);
      expect((await suite.client.send('POST', `${box.path}/sleep`)).status).toBe(204);
      expect((await box.run(`print(open('file').read())`)).stdout).toBe('kept\n');
    });

    test.concurrent('through the sdk', async () => {
      const box = suite.box();
      const { token } = suite.target;
      const options = { sleepAfter: sleepAfter / 1000, ...(token !== undefined && { token }) };
      const sandbox = getSandbox(suite.target.fetcher, box.id, options);
      await sandbox.setKeepAlive(true); // before it runs
      await sandbox.runCode(`open('file', 'w').write('kept')`);
      await untilOthersWouldSleep();
      expect(await runs(box)).toBe(true);
      await sandbox.setSleepAfter('1h');
      await sandbox.setKeepAlive(false);
      expect(await box.info()).toMatchObject({ sleepAfter: 3_600_000, keepAlive: false });
      await sandbox.stop();
      expect(await runs(box)).toBe(false);
      expect((await sandbox.runCode(`print(open('file').read())`)).logs.stdout.join('')).toBe('kept\n');
      await sandbox.setSleepAfter(sleepAfter / 1000);
      await untilAsleep(box);
    });

    const bad: Readonly<Record<string, string>>[] = [
      { 'Quicksand-Sleep-After': '10m' },
      { 'Quicksand-Sleep-After': '0' },
      { 'Quicksand-Sleep-After': '2147483648' },
      { 'Quicksand-Keep-Alive': 'yes' },
    ];
    test.concurrent.for(bad)('%j is refused, and starts nothing', async (headers) => {
      const box = suite.box();
      const answer = await suite.client.json('POST', `${box.path}/contexts`, { body: {}, headers });
      expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
      expect(await runs(box)).toBe(false);
    });
    test.concurrent.for([{ sleepAfter: 0 }, { sleepAfter: '10m' }, { keepAlive: 1 }, { sleep: 1 }])(
      'a change to %j is refused',
      async (body) => {
        const box = suite.box();
        await box.createContext();
        expect(await suite.client.json('PATCH', box.path, { body })).toMatchObject({ status: 400 });
        expect(await box.info()).toMatchObject({ sleepAfter: 600_000, keepAlive: false });
      },
    );
  });
}
