import { randomUUID } from 'node:crypto';
import { routePath } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import { openGate, waitAtGate } from './gate.ts';
import type { Suite } from './suite.ts';

// R7 resumable and R8 back-pressure.

export function describeResume(suite: Suite): void {
  suite.topic('R7 resumable', () => {
    test.concurrent('an execution that has ended is read again, whole or from a position', async () => {
      const box = suite.box();
      const stream = await box.start(`for i in range(5):\n    display(i)\nprint('end')`);
      const { seen } = await stream.rest();
      const all = await (await box.resume(stream.executionId, 0)).rest();
      expect(all.seen.map(({ id, event }) => ({ id, event }))).toEqual(seen.map(({ id, event }) => ({ id, event })));
      for (let after = 1; after <= seen.length; after++) {
        const rest = await (await box.resume(stream.executionId, after)).rest();
        expect(rest.events).toEqual(seen.slice(after).map(({ event }) => event));
      }
    });

    test.concurrent('the position may come as the header that browsers send', async () => {
      const box = suite.box();
      const stream = await box.start('display(1)\ndisplay(2)');
      const { seen } = await stream.rest();
      const rest = await (await box.resume(stream.executionId, 1, { 'Last-Event-ID': '1' })).rest();
      expect(rest.seen.map(({ id }) => id)).toEqual(seen.slice(1).map(({ id }) => id));
      // An EventSource keeps its address when it connects again.
      const path = routePath('readEvents', { sandboxId: box.id, executionId: stream.executionId });
      const again = await suite.client.send('GET', `${path}?after=0`, { headers: { 'Last-Event-ID': '1' } });
      expect(/id: (\d+)/.exec(await again.text())?.[1]).toBe('2');
    });

    test.concurrent('a client that lost its connection gets every later event once', async () => {
      const box = suite.box();
      const stream = await box.start(`import time\nfor i in range(100):\n    print(i)\n    time.sleep(0.005)`, {
        onDisconnect: { graceMs: 30_000 },
      });
      const pieces = [stream];
      for (let n = 0; n < 4; n++) {
        const last = pieces[pieces.length - 1] ?? stream;
        await last.next();
        await last.cancel();
        pieces.push(await box.resume(stream.executionId, last.lastId));
      }
      await pieces.at(-1)?.rest();
      const seen = pieces.flatMap((piece) => piece.seen);
      expect(seen.map(({ id }) => id)).toEqual(seen.map((_, at) => at + 1));
      expect(seen.map(({ event }) => event.text ?? '').join('')).toBe(
        Array.from({ length: 100 }, (_, i) => `${i}\n`).join(''),
      );
    });

    test.concurrent('two clients read the same execution at the same time', async () => {
      const box = suite.box();
      const first = await box.start(`print('begun')\n${waitAtGate}\nprint('after')`);
      await first.until('begun');
      const second = await box.resume(first.executionId, 0);
      await openGate(box);
      const runs = await Promise.all([first.rest(), second.rest()]);
      expect(runs[1].events).toEqual(runs[0].events);
    });

    test.concurrent('one of two clients may go away without an interrupt', async () => {
      const box = suite.box();
      const first = await box.start(`print('begun')\n${waitAtGate}\nprint('after')`);
      await first.until('begun');
      const second = await box.resume(first.executionId, 0);
      await second.until('begun');
      await second.cancel();
      await openGate(box);
      expect((await first.rest()).end.outcome).toBe('ok');
    });

    test.concurrent('a repeated id attaches, at the same time and later, and never runs twice', async () => {
      const box = suite.box();
      const executionId = `run-${randomUUID()}`;
      const code = `open('/workspace/ran', 'a').write('x')\nimport time\ntime.sleep(0.2)\nprint('once')`;
      const streams = await Promise.all([1, 2, 3].map(() => box.start(code, { executionId })));
      const runs = await Promise.all(streams.map((stream) => stream.rest()));
      const later = await box.run(code, { executionId });
      for (const run of [...runs, later]) expect(run.events).toEqual(runs[0]?.events);
      expect(streams.map((stream) => stream.executionId)).toEqual([executionId, executionId, executionId]);
      expect((await box.run(`open('/workspace/ran').read()`)).results[0]?.text).toBe(`'x'`);
    });

    test.concurrent('a repeated id with other code is refused', async () => {
      const box = suite.box();
      await box.run('1', { executionId: 'one' });
      await expect(box.run('2', { executionId: 'one' })).rejects.toMatchObject({
        code: 'execution_conflict',
        status: 409,
        hint: expect.any(String),
      });
    });

    test.concurrent('the same id in two sandboxes names two executions', async () => {
      const [a, b] = [suite.box(), suite.box()];
      expect((await a.run(`print('a')`, { executionId: 'same' })).stdout).toBe('a\n');
      expect((await b.run(`print('b')`, { executionId: 'same' })).stdout).toBe('b\n');
    });

    test.concurrent.for(['-1', 'abc', '1.5', '999', '99999999999999999999', ' '])(
      'position %j is refused',
      async (after) => {
        const box = suite.box();
        const { executionId } = await box.start('1').then(async (stream) => (await stream.rest(), stream));
        const path = `${box.path}/executions/${executionId}/events?after=${encodeURIComponent(after)}`;
        const answer = await suite.client.json('GET', path);
        expect(answer).toMatchObject({
          status: 400,
          body: { error: { code: 'invalid_request', hint: expect.any(String) } },
        });
      },
    );

    test.concurrent('an execution that never was is not found', async () => {
      const box = suite.box();
      await expect(box.resume('never', 0)).rejects.toMatchObject({ code: 'execution_not_found', status: 404 });
      await expect(box.cancel('never')).rejects.toMatchObject({ code: 'execution_not_found' });
      await box.run('1');
      await expect(box.resume('never', 0)).rejects.toMatchObject({ code: 'execution_not_found' });
      expect(await box.contexts()).toHaveLength(1);
    });

    test.concurrent('events that are no longer held are a clear 410; later ones are there', async () => {
      const box = suite.box();
      const stream = await box.start(`for i in range(12):\n    print('x' * 1_000_000)`);
      const { seen } = await stream.rest();
      await expect(box.resume(stream.executionId, 0)).rejects.toMatchObject({
        code: 'events_gone',
        status: 410,
        hint: expect.any(String),
      });
      const last = seen.length - 1;
      const rest = await (await box.resume(stream.executionId, last)).rest();
      expect(rest.events.map(({ type }) => type)).toEqual(['execution_complete']);
    });
  });

  suite.topic('R8 back-pressure', () => {
    test('code whose output nobody reads waits, and goes on when it is read', { timeout: 30_000 }, async () => {
      const box = suite.box();
      const { id: other } = await box.createContext();
      const total = 60;
      const code = `for i in range(${total}):\n    print('x' * 1_000_000)\n    open('/workspace/progress', 'w').write(str(i + 1))`;
      const stream = await box.start(code, { onDisconnect: { graceMs: 60_000 } });
      const { stdout } = await box.run(
        `import time\ndef read():\n    try: return int(open('/workspace/progress').read() or 0)\n    except FileNotFoundError: return 0\nlast, since = -1, time.time()\nwhile time.time() - since < 0.7:\n    now = read()\n    if now != last: last, since = now, time.time()\n    time.sleep(0.02)\nprint(last)`,
        { contextId: other },
      );
      // The log holds 4 of them, and the sockets of a long way about 25.
      expect(Number(stdout)).toBeLessThan(total * 0.75);
      const run = await stream.rest();
      expect(run.stdout.length).toBe(total * 1_000_001);
      expect(run.end.outcome).toBe('ok');
    });

    test('code that waits for a reader can be cancelled', async () => {
      const box = suite.box();
      const stream = await box.start(`kept = 1\nprint('begun')\nwhile True: print('x' * 100_000)`);
      await stream.until('begun');
      await box.cancel(stream.executionId);
      expect((await stream.rest()).end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
      expect((await box.run('kept')).order).toEqual(['result 1']);
    });
  });
}
