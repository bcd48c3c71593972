import { contextSchema, sandboxSchema } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import { openGate, waitAtGate } from './gate.ts';
import type { Suite } from './suite.ts';

export function describeContexts(suite: Suite): void {
  suite.topic('contexts and sandboxes', () => {
    test.concurrent('a context is made, listed, described and deleted', async () => {
      const box = suite.box();
      const made = await box.createContext({ language: 'python', cwd: '/tmp' });
      expect(contextSchema.parse(made)).toMatchObject({
        language: 'python',
        cwd: '/tmp',
        status: 'idle',
        executionCount: 0,
        queued: 0,
        restarts: 0,
      });
      expect((await box.contexts()).map(({ id }) => id)).toEqual([made.id]);
      await box.run('1', { contextId: made.id });
      const used = await box.getContext(made.id);
      expect(used).toMatchObject({ id: made.id, executionCount: 1 });
      expect(Date.parse(used.lastUsed)).toBeGreaterThanOrEqual(Date.parse(made.createdAt));
      await box.deleteContext(made.id);
      expect(await box.contexts()).toEqual([]);
      await expect(box.getContext(made.id)).rejects.toMatchObject({ code: 'context_not_found', status: 404 });
      await expect(box.run('1', { contextId: made.id })).rejects.toMatchObject({ code: 'context_not_found' });
    });

    test.concurrent('contexts of one sandbox share files, not variables', async () => {
      const box = suite.box();
      const [a, b] = [await box.createContext(), await box.createContext()];
      await box.run(`x = 1\nfor f in ('/workspace/f', '/tmp/f', '/home/user/f'): open(f, 'w').write('a')`, {
        contextId: a.id,
      });
      const run = await box.run(
        `print('x' in globals(), [open(f).read() for f in ('/workspace/f', '/tmp/f', '/home/user/f')])`,
        { contextId: b.id },
      );
      expect(run.stdout).toBe(`False ['a', 'a', 'a']\n`);
    });

    test.concurrent('first calls at the same time make one sandbox and one default context', async () => {
      const box = suite.box();
      const runs = await Promise.all(Array.from({ length: 10 }, (_, n) => box.run(`print(${n})`)));
      expect(runs.map(({ stdout }) => stdout)).toEqual(runs.map((_, n) => `${n}\n`));
      expect(runs.map(({ end }) => end.execution_count).sort((a = 0, b = 0) => a - b)).toEqual([
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
      ]);
      expect(await box.contexts()).toHaveLength(1);
    });

    test.concurrent('a context runs one execution at a time, in the order in which they came', async () => {
      const box = suite.box();
      await box.run('log = []');
      const streams = [];
      for (let n = 0; n < 6; n++)
        streams.push(await box.start(`import time\nlog.append('+${n}')\ntime.sleep(0.03)\nlog.append('-${n}')`));
      await Promise.all(streams.map((stream) => stream.rest()));
      expect((await box.run('log')).results[0]?.json).toEqual([0, 1, 2, 3, 4, 5].flatMap((n) => [`+${n}`, `-${n}`]));
    });

    test.concurrent('two contexts run at the same time', async () => {
      const box = suite.box();
      const [a, b] = [await box.createContext(), await box.createContext()];
      const meet = (own: string, other: string): string =>
        `import os, time\nopen('/workspace/${own}', 'w').close()\nwhile not os.path.exists('/workspace/${other}'): time.sleep(0.01)\nprint('met')`;
      const runs = await Promise.all([
        box.run(meet('a', 'b'), { contextId: a.id }),
        box.run(meet('b', 'a'), { contextId: b.id }),
      ]);
      expect(runs.map(({ stdout }) => stdout)).toEqual(['met\n', 'met\n']);
    });

    test.concurrent('two sandboxes run at the same time', async () => {
      const [a, b] = [suite.box(), suite.box()];
      const stream = await a.start(`print('begun')\n${waitAtGate}`);
      await stream.until('begun');
      expect((await b.run('1 + 1')).results[0]?.text).toBe('2');
      await openGate(a);
      expect((await stream.rest()).end.outcome).toBe('ok');
    });

    test.concurrent('a context says that it is busy, and how many wait', async () => {
      const box = suite.box();
      const streams = [await box.start(`print('begun')\n${waitAtGate}`), await box.start('1'), await box.start('2')];
      await streams[0]?.until('begun');
      expect(await box.defaultContext()).toMatchObject({ status: 'busy', queued: 2, executionCount: 1 });
      await openGate(box);
      for (const stream of streams) expect((await stream.rest()).end.outcome).toBe('ok');
    });

    test.concurrent('the deletion of a context ends what runs and what waits in it, by name', async () => {
      const box = suite.box();
      await box.run('x = 1');
      const { id: contextId } = await box.createContext();
      const streams = [
        await box.start(`print('begun')\nwhile True: pass`, { contextId }),
        await box.start('2', { contextId }),
      ];
      await streams[0]?.until('begun');
      await box.deleteContext(contextId);
      for (const stream of streams) {
        const run = await stream.rest();
        expect(run.error.ename).toBe('Quicksand.ContextDeleted');
        expect(run.end).toMatchObject({ outcome: 'killed', state: 'lost' });
      }
      expect((await box.run('x')).order).toEqual(['result 1']);
    });

    test.concurrent('the deletion of a sandbox ends what runs in it, by name', async () => {
      const box = suite.box();
      const { id: contextId } = await box.createContext();
      const streams = [
        await box.start(`print('begun')\nwhile True: pass`),
        await box.start(`print('begun')\n!sleep 600`, { contextId }),
      ];
      for (const stream of streams) await stream.until('begun');
      await box.destroy();
      for (const stream of streams) {
        const run = await stream.rest();
        expect(run.error.ename).toBe('Quicksand.ContextDeleted');
        expect(run.end).toMatchObject({ outcome: 'killed', state: 'lost' });
      }
      await expect(box.info()).rejects.toMatchObject({ code: 'sandbox_not_found', status: 404 });
      await expect(box.destroy()).rejects.toMatchObject({ code: 'sandbox_not_found' });
    });

    test.concurrent('the default context can be deleted; the next use makes another', async () => {
      const box = suite.box();
      await box.run('x = 1');
      const { id } = await box.defaultContext();
      await box.deleteContext(id);
      expect((await box.run(`'x' in globals()`)).order).toEqual(['result False']);
      expect((await box.defaultContext()).id).not.toBe(id);
    });

    test.concurrent('a restart gives an empty kernel under the same id', async () => {
      const box = suite.box();
      await box.run('x = 1');
      const { id } = await box.defaultContext();
      expect(await box.restart(id)).toMatchObject({ id, status: 'idle', executionCount: 0, restarts: 1 });
      const run = await box.run(`'x' in globals()`);
      expect(run.order).toEqual(['result False']);
      expect(run.end.execution_count).toBe(1);
    });

    test.concurrent('a restart ends what runs, by name; what waits runs in the new kernel', async () => {
      const box = suite.box();
      const stream = await box.start(`print('begun')\nwhile True: pass`);
      await stream.until('begun');
      const waiting = await box.start(`print('new')`);
      await box.restart((await box.defaultContext()).id);
      expect((await stream.rest()).error.ename).toBe('Quicksand.ContextDeleted');
      expect((await waiting.rest()).order).toEqual(['stdout new\n']);
    });

    test.concurrent('asking about a sandbox does not start one', async () => {
      const box = suite.box();
      await expect(box.info()).rejects.toMatchObject({ code: 'sandbox_not_found' });
      expect(await box.contexts()).toEqual([]);
      await expect(box.run('1', { contextId: 'none' })).rejects.toMatchObject({ code: 'context_not_found' });
      expect(await suite.runningSandboxes()).not.toContain(box.id);
    });

    test.concurrent('a sandbox is described, and listed while it runs', async () => {
      const box = suite.box();
      await box.run('1');
      expect(sandboxSchema.parse(await box.info())).toMatchObject({
        id: box.id,
        backend: 'namespaces',
        contexts: [{ executionCount: 1 }],
      });
      expect(await suite.runningSandboxes()).toContain(box.id);
      await box.destroy();
      expect(await suite.runningSandboxes()).not.toContain(box.id);
    });
  });
}
