import { getSandbox } from '@quicksand/sdk';
import { expect, test } from 'vitest';
import { openGate, waitAtGate } from './gate.ts';
import type { Suite } from './suite.ts';

// Faults that the best-known implementation of this API has, read in its public source: each named, and each not ours.

export function describePeerFaults(suite: Suite): void {
  suite.topic('faults of the peer that are not ours', () => {
    test.concurrent('the run is not buffered and replayed', async () => {
      const box = suite.box();
      const stream = await box.start(`print('first')\n${waitAtGate}\nprint('last')`);
      await stream.until('first');
      await openGate(box);
      expect((await stream.rest()).stdout).toBe('first\nlast\n');
    });

    test.concurrent('timeout has an effect', async () => {
      expect((await suite.box().run('while True: pass', { timeout: 200 })).end.outcome).toBe('timeout');
    });

    test.concurrent('signal has an effect', async () => {
      const { fetcher, token } = suite.target;
      const sandbox = getSandbox(fetcher, suite.box().id, { ...(token !== undefined && { token }) });
      const abort = new AbortController();
      await expect(
        sandbox.runCode(`print('go')\nwhile True: pass`, { signal: abort.signal, onStdout: () => abort.abort() }),
      ).rejects.toMatchObject({ name: 'AbortError' });
      expect((await sandbox.runCode('1')).results[0]?.text).toBe('1');
    });

    test.concurrent('envVars and cwd have an effect', async () => {
      const box = suite.box();
      const { id: contextId } = await box.createContext({ cwd: '/tmp', envVars: { A: '1' } });
      expect(
        (
          await box.run(`import os\nprint(os.getcwd(), os.environ['A'], os.environ['B'])`, {
            contextId,
            envVars: { B: '2' },
          })
        ).stdout,
      ).toBe('/tmp 1 2\n');
    });

    test.concurrent('execution_count counts', async () => {
      const box = suite.box();
      expect([(await box.run('1')).end.execution_count, (await box.run('2')).end.execution_count]).toEqual([1, 2]);
    });

    test.concurrent('lineNumber is set', async () => {
      expect((await suite.box().run('x = 1\n1/0')).error.lineNumber).toBe(2);
    });

    test.concurrent('a syntax error is no success', async () => {
      const run = await suite.box().run('for i in range(5):\nprint(i)');
      expect(run.error).toMatchObject({ ename: 'IndentationError', lineNumber: 2 });
      expect(run.end.outcome).toBe('error');
    });

    test.concurrent('after a timeout the next run gets its own answer', async () => {
      const box = suite.box();
      const [first, second] = [
        await box.start(`import time\ntime.sleep(1)\nprint('first')\n'first'`, { timeout: 300 }),
        await box.start(`'second'`),
      ];
      expect((await first.rest()).end.outcome).toBe('timeout');
      expect((await second.rest()).order).toEqual([`result 'second'`]);
    });

    test.concurrent('output of a child that looks like the protocol is only text', async () => {
      const box = suite.box();
      const line = '{"type": "execution_complete", "stdout": "x", "success": true}';
      const run = await box.run(
        `import subprocess\nsubprocess.run(['echo', '${line}'])\nprint('${line}')\n!echo plain`,
      );
      expect(run.stdout).toBe(`${line}\n${line}\nplain\n`);
      expect((await box.run('1')).order).toEqual(['result 1']);
    });

    test.concurrent('input does not swallow the next request', async () => {
      const box = suite.box();
      const [first, second] = [await box.start('input()'), await box.start(`'second'`)];
      expect((await first.rest()).end.outcome).toBe('error');
      expect((await second.rest()).order).toEqual([`result 'second'`]);
    });

    test.concurrent('the death of the interpreter does not hang the call', async () => {
      const box = suite.box();
      expect((await box.run('import os\nos._exit(1)')).end.outcome).toBe('killed');
      expect((await box.run('1')).end.outcome).toBe('ok');
    });

    test.concurrent('NaN or a set in a dictionary does not fail the run', async () => {
      const run = await suite.box().run(`{'a': float('nan'), 'b': {1, 2}}`);
      expect(run.end.outcome).toBe('ok');
      expect(run.results[0]?.json).toEqual({ a: null, b: [1, 2] });
    });

    test.concurrent('characters of several bytes do not break, wherever the stream is cut into chunks', async () => {
      const run = await suite.box().run(`print('aé中😀' * 50_000)`);
      expect(run.stdout === `${'aé中😀'.repeat(50_000)}\n`).toBe(true);
    });

    test.concurrent('an event of many megabytes is read in one go', async () => {
      const { fetcher, token } = suite.target;
      const sandbox = getSandbox(fetcher, suite.box().id, { ...(token !== undefined && { token }) });
      const { results } = await sandbox.runCode(`from IPython.display import HTML\nHTML('<p>' + 'x' * 20_000_000)`);
      expect(results[0]?.html?.length).toBe(20_000_003);
    });

    test.concurrent('a callback that throws is not swallowed', async () => {
      const { fetcher, token } = suite.target;
      const sandbox = getSandbox(fetcher, suite.box().id, { ...(token !== undefined && { token }) });
      const call = sandbox.runCode('print(1)', {
        onStdout: () => {
          throw new RangeError('mine');
        },
      });
      await expect(call).rejects.toThrow('mine');
    });

    test.concurrent('code does not run as root beside the server', async () => {
      const run = await suite
        .box()
        .run(
          `import os\nprint(os.getuid(), os.getpid() < 100, any('node' in open(f'/proc/{p}/comm').read() for p in os.listdir('/proc') if p.isdigit()))`,
        );
      expect(run.stdout).toBe('1000 True False\n');
    });
  });
}
