import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Fetcher, StreamingEvent } from '@quicksand/protocol';
import {
  type OutputMessage,
  type Result,
  type Sandbox,
  SandboxError,
  getSandbox,
  parseSSEStream,
} from '@quicksand/sdk';
import { expect, test } from 'vitest';
import { createFlakyFetcher } from './flaky-fetcher.ts';
import { openGate, waitAtGate } from './gate.ts';
import type { Box } from './box.ts';
import type { Suite } from './suite.ts';

export function describeSdk(suite: Suite): void {
  const open = (box: Box, fetcher: Fetcher = suite.target.fetcher): Sandbox => {
    const { token } = suite.target;
    return getSandbox(fetcher, box.id, { ...(token !== undefined && { token }) });
  };

  suite.topic('through the sdk', () => {
    test.concurrent('runCode collects what the code does', async () => {
      const sandbox = open(suite.box());
      const execution = await sandbox.runCode(
        `import sys\nprint('out')\nprint('err', file=sys.stderr)\ndisplay({'a': 1})\n6 * 7`,
      );
      expect(execution.logs.stdout.join('')).toBe('out\n');
      expect(execution.logs.stderr.join('')).toBe('err\n');
      expect(execution.results.map(({ text }) => text)).toEqual([`{'a': 1}`, '42']);
      expect(execution.results[0]?.json).toEqual({ a: 1 });
      expect(execution.results[0]?.formats()).toEqual(expect.arrayContaining(['text', 'json']));
      expect(execution.error).toBeUndefined();
      expect(execution).toMatchObject({ executionCount: 1, outcome: 'ok', state: 'kept' });
      const { logs } = execution;
      expect(JSON.parse(JSON.stringify(execution))).toMatchObject({ executionCount: 1, logs });
    });

    test.concurrent('runCode calls back as events arrive, in their order', async () => {
      const box = suite.box();
      const calls: string[] = [];
      // On a busy machine the end of a line may come as a piece of its own.
      const execution = await open(box).runCode(
        `import sys\nprint('a')\ndisplay(1)\nprint('b', file=sys.stderr)\n${waitAtGate}\n1/0`,
        {
          onStdout: ({ text, timestamp }: OutputMessage) => {
            if (text !== '\n') calls.push(`stdout ${text.trim()} ${typeof timestamp}`);
          },
          onStderr: async ({ text }: OutputMessage) => {
            if (text === '\n') return;
            calls.push(`stderr ${text.trim()}`);
            await openGate(box); // a call that came only at the end would never come
          },
          onResult: (result: Result) => void calls.push(`result ${result.text}`),
          onError: (error) => void calls.push(`error ${error.name} ${error.lineNumber}`),
        },
      );
      expect(calls).toEqual([
        'stdout a number',
        'result 1',
        'stderr b',
        `error ZeroDivisionError ${execution.error?.lineNumber}`,
      ]);
      expect(execution.error).toMatchObject({
        name: 'ZeroDivisionError',
        message: 'division by zero',
        traceback: expect.any(Array),
      });
    });

    test.concurrent('a callback that throws rejects the call and stops the code', async () => {
      const box = suite.box();
      const sandbox = open(box);
      const mistake = new Error('a mistake in a callback');
      const call = sandbox.runCode(`kept = 1\nprint('a')\nwhile True: pass`, {
        onStdout: () => {
          throw mistake;
        },
      });
      await expect(call).rejects.toBe(mistake);
      expect((await sandbox.runCode('kept', { timeout: 10_000 })).results[0]?.text).toBe('1');
    });

    test.concurrent('a signal rejects with its reason and interrupts the code at once', async () => {
      const sandbox = open(suite.box());
      const abort = new AbortController();
      const reason = new Error('enough');
      const call = sandbox.runCode(`kept = 1\nprint('begun')\nwhile True: pass`, {
        signal: abort.signal,
        onStdout: () => abort.abort(reason),
      });
      await expect(call).rejects.toBe(reason);
      expect((await sandbox.runCode('kept')).results[0]?.text).toBe('1');
      await expect(sandbox.runCode('1', { signal: abort.signal })).rejects.toBe(reason);
    });

    test.concurrent('timeout, envVars, context and cwd have their effect', async () => {
      const sandbox = open(suite.box());
      const context = await sandbox.createCodeContext({
        language: 'python',
        cwd: '/tmp',
        envVars: { A: 'a', SKIPPED: undefined },
      });
      expect(context).toMatchObject({ language: 'python', cwd: '/tmp' });
      expect(context.createdAt).toBeInstanceOf(Date);
      expect(context.lastUsed).toBeInstanceOf(Date);
      const shown = await sandbox.runCode(
        `import os\nprint(os.getcwd(), [os.environ.get(n) for n in ('A', 'B', 'SKIPPED', 'C')])`,
        {
          context,
          envVars: { B: 'b', C: undefined },
        },
      );
      expect(shown.logs.stdout.join('')).toBe(`/tmp ['a', 'b', None, None]\n`);
      expect(shown.context.id).toBe(context.id);
      const slow = await sandbox.runCode('while True: pass', { context, timeout: 300 });
      expect(slow).toMatchObject({ outcome: 'timeout', error: { name: 'Quicksand.Timeout' }, executionCount: 2 });
      expect((await sandbox.listCodeContexts()).map(({ id }) => id)).toEqual([context.id]);
      await sandbox.deleteCodeContext(context.id);
      expect(await sandbox.listCodeContexts()).toEqual([]);
      await expect(sandbox.runCode('1', { context })).rejects.toMatchObject({ code: 'context_not_found' });
    });

    test.concurrent('without a context, an execution names the default one', async () => {
      const sandbox = open(suite.box());
      const { context } = await sandbox.runCode('1');
      expect((await sandbox.listCodeContexts()).map(({ id }) => id)).toEqual([context.id]);
    });

    test.concurrent('runCodeStream gives the bytes, to any parser', async () => {
      const sandbox = open(suite.box());
      const types: string[] = [];
      for await (const event of parseSSEStream<StreamingEvent>(await sandbox.runCodeStream(`print('a')\n1`)))
        if (event.type !== types.at(-1)) types.push(event.type); // a line may come in pieces
      expect(types).toEqual(['stdout', 'result', 'execution_complete']);
      expect(await readByHand(await sandbox.runCodeStream(`for i in range(3):\n    print(f"Step {i}")`))).toEqual({
        out: 'Step 0\nStep 1\nStep 2\n',
        complete: true,
      });
    });

    test.concurrent('runCodeStream opens before the code has ended; cancelling it interrupts the code', async () => {
      const box = suite.box();
      const sandbox = open(box);
      const stream = await sandbox.runCodeStream(`kept = 1\nprint('begun')\nwhile True: pass`);
      for await (const event of parseSSEStream<StreamingEvent>(stream)) if (event.text?.startsWith('begun')) break;
      expect((await sandbox.runCode('kept')).results[0]?.text).toBe('1');
    });

    test.concurrent('a stream that is not read at once is not lost', async () => {
      const sandbox = open(suite.box());
      const streams = [await sandbox.runCodeStream(`print('a')`), await sandbox.runCodeStream(`print('b')`)];
      await collectGarbage();
      for (const [at, stream] of streams.entries())
        expect(await readByHand(stream)).toEqual({ out: 'ab'[at] + '\n', complete: true });
    });

    test.concurrent('resumeCodeStream reads on after an event', async () => {
      const sandbox = open(suite.box());
      await (await sandbox.runCodeStream('display(1)\ndisplay(2)', { executionId: 'job' })).cancel().catch(() => {});
      await sandbox.runCode('display(3)\ndisplay(4)', { executionId: 'other' });
      const texts: unknown[] = [];
      for await (const event of parseSSEStream<StreamingEvent>(await sandbox.resumeCodeStream('other', { after: 1 })))
        texts.push(event.text);
      expect(texts).toEqual(['4', undefined]);
    });

    test.concurrent('runCode resumes by itself when its connection breaks', async () => {
      const box = suite.box();
      const flaky = createFlakyFetcher(suite.target.fetcher);
      const seen: string[] = [];
      const execution = await open(box, flaky).runCode(
        `import time\nfor i in range(40):\n    print(i)\n    time.sleep(0.01)\n'end'`,
        {
          onStdout: ({ text }) => void seen.push(text),
        },
      );
      const expected = Array.from({ length: 40 }, (_, i) => `${i}\n`).join('');
      expect(execution.logs.stdout.join('')).toBe(expected);
      expect(seen.join('')).toBe(expected);
      expect(execution.results[0]?.text).toBe(`'end'`);
      expect(execution.executionCount).toBe(1);
      expect(flaky.cuts).toBeGreaterThan(1);
    });

    test.concurrent('errors of the host are SandboxErrors with their code and hint', async () => {
      const sandbox = open(suite.box());
      await sandbox.runCode('1');
      const failures: [() => Promise<unknown>, string][] = [
        [() => sandbox.runCode('1', { timeout: -1 }), 'invalid_request'],
        [() => sandbox.runCode(''), 'invalid_request'],
        [() => sandbox.createCodeContext({ cwd: '/no/such' }), 'cwd_unusable'],
        [() => sandbox.deleteCodeContext('none'), 'context_not_found'],
        [() => sandbox.resumeCodeStream('none'), 'execution_not_found'],
      ];
      for (const [call, code] of failures) {
        const error = await call().then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(SandboxError.is(error), code).toBe(true);
        expect(error).toMatchObject({ code, hint: expect.any(String) });
      }
    });

    test.concurrent('destroy ends the sandbox; its next use starts an empty one', async () => {
      const sandbox = open(suite.box());
      await sandbox.runCode(`x = 1`);
      await sandbox.destroy();
      expect((await sandbox.runCode(`'x' in globals()`)).results[0]?.text).toBe('False');
    });

    test.concurrent('destroy resolves where there is no sandbox, and hides no error that came before', async () => {
      const sandbox = open(suite.box());
      const refused = async (): Promise<unknown> => {
        try {
          return await sandbox.runCode('1', { timeout: 0 });
        } finally {
          await sandbox.destroy();
        }
      };
      await expect(refused()).rejects.toMatchObject({ code: 'invalid_request' });
      await sandbox.writeFile('a', '1');
      await sandbox.destroy();
      await expect(sandbox.destroy()).resolves.toBeUndefined();
    });

    test.concurrent('the interpreter alone has the same methods', async () => {
      const { interpreter } = open(suite.box());
      expect((await interpreter.runCode('1 + 1')).results[0]?.text).toBe('2');
      expect(await interpreter.listCodeContexts()).toHaveLength(1);
    });

    test.concurrent('what is not supported says so by name', async () => {
      const sandbox = open(suite.box());
      await expect(sandbox.exposePort(8080)).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining('exposePort'),
      });
    });
  });
}

/** Makes the garbage collector run, as it does in every program now and then, and what it notifies with it. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let n = 0; n < 5; n++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Reads a stream as a program without a library does: split at line ends, keep what begins with `data: `. */
async function readByHand(stream: ReadableStream<Uint8Array>): Promise<{ out: string; complete: boolean }> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let [buffer, out, complete] = ['', '', false];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { out, complete };
    buffer += decoder.decode(value, { stream: true });
    const lines = buffer.split('\n');
    buffer = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      const event = JSON.parse(line.substring(6)) as StreamingEvent;
      if (event.type === 'stdout') out += event.text;
      if (event.type === 'execution_complete') complete = true;
    }
  }
}
