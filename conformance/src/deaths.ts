import { setTimeout } from 'node:timers/promises';
import type { ExecutionEvent } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import type { Suite } from './suite.ts';

/** Code that ends its kernel, and how that is told. */
const deaths: Readonly<Record<string, readonly [string, Partial<Record<keyof ExecutionEvent, unknown>>]>> = {
  'os._exit': ['import os\nos._exit(3)', { ename: 'Quicksand.KernelExited', evalue: expect.stringMatching(/\b3\b/) }],
  'os._exit(0)': [
    'import os\nos._exit(0)',
    { ename: 'Quicksand.KernelExited', evalue: expect.stringMatching(/\b0\b/) },
  ],
  'a segmentation fault': [
    'import ctypes\nctypes.string_at(0)',
    { ename: 'Quicksand.KernelKilled', evalue: expect.stringMatching(/SIGSEGV|\b11\b/) },
  ],
  'SIGKILL to itself': [
    'import os\nos.kill(os.getpid(), 9)',
    { ename: 'Quicksand.KernelKilled', evalue: expect.stringMatching(/SIGKILL|\b9\b/) },
  ],
  'SIGTERM to itself': [
    'import os, signal, time\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(5)',
    { ename: 'Quicksand.KernelKilled', evalue: expect.stringMatching(/SIGTERM|\b15\b/) },
  ],
  'os.abort': [
    'import os\nos.abort()',
    { ename: 'Quicksand.KernelKilled', evalue: expect.stringMatching(/SIGABRT|\b6\b/) },
  ],
  'a child that kills its parent': [`!kill -9 $PPID`, { ename: 'Quicksand.KernelKilled' }],
  'replacing itself': [
    `import os\nos.execv('/bin/true', ['true'])`,
    { ename: expect.stringMatching(/^Quicksand\.Kernel(Exited|Killed)|Quicksand\.ProtocolViolation$/) },
  ],
  'closing every descriptor': [
    'import os\nos.closerange(0, 4096)\nx = 1',
    { ename: expect.stringMatching(/^Quicksand\./) },
  ],
  'a thread that exits': [
    'import threading, os, time\nthreading.Thread(target=os._exit, args=(4,)).start()\ntime.sleep(10)',
    { ename: 'Quicksand.KernelExited' },
  ],
};

/** Finds the descriptors that are sockets, the channel among them. */
const sockets = `import os
def is_socket(fd):
    try: return os.readlink(f'/proc/self/fd/{fd}').startswith('socket:')
    except OSError: return False
sockets = [int(fd) for fd in os.listdir('/proc/self/fd') if is_socket(fd)]
`;

/** Python for a frame of execution 1. */
function toFrame(kind: number, payload: string): string {
  return `(lambda p: len(p).to_bytes(4, 'little') + bytes([${kind}, 1, 0, 0, 0]) + p)(${payload})`;
}

/** What hostile code may write to the channel. */
const forged: Readonly<Record<string, string>> = {
  'bytes that are no frame': `b'\\xff' * 100`,
  'a frame of an unknown kind': `b'\\x00\\x00\\x00\\x00\\x63\\x01\\x00\\x00\\x00'`,
  'a frame that is too long': `b'\\x01\\x00\\x10\\x00\\x11\\x01\\x00\\x00\\x00'`,
  'a result that is no JSON': `b'\\x01\\x00\\x00\\x00\\x13\\x01\\x00\\x00\\x00{'`,
  'a result that is nested too deep': toFrame(19, `b'{"json":' + b'[' * 20000 + b']' * 20000 + b'}'`),
  'a chart that is nested too deep': toFrame(
    19,
    `b'{"specs":{"application/vnd.vegalite.v5+json":' + b'{"a":' * 300 + b'1' + b'}' * 302`,
  ),
  'an error of the wrong shape': `b'\\x02\\x00\\x00\\x00\\x14\\x01\\x00\\x00\\x00{}'`,
  'text that is no UTF-8': `b'\\x01\\x00\\x00\\x00\\x11\\x01\\x00\\x00\\x00\\xff'`,
  'a frame of the host': `b'\\x00\\x00\\x00\\x00\\x02\\x01\\x00\\x00\\x00'`,
  'a barrier whose marker never comes': `b'\\x05\\x00\\x00\\x00\\x15\\x01\\x00\\x00\\x00\\x09\\x00\\x00\\x00\\x01'`,
};

/** R10: every death of a kernel has a name. */
export function describeDeaths(suite: Suite): void {
  suite.topic('R10 death of a kernel', () => {
    test.concurrent.for(Object.entries(deaths))(
      '%s is told by name, and the next execution works',
      async ([, [code, error]]) => {
        const box = suite.box();
        await box.run(`lost = 1\nopen('file', 'w').write('kept')`);
        const run = await box.run(code, { timeout: 15_000 });
        expect(run.error).toMatchObject({ ...error, traceback: expect.any(Array) });
        expect(run.error.evalue).toContain('lost');
        expect(run.end).toMatchObject({ outcome: 'killed', state: 'lost', execution_count: 2 });
        const next = await box.run(`print(open('file').read(), 'lost' in globals())`);
        expect(next.stdout).toBe('kept False\n');
        expect(next.end.execution_count).toBe(1);
      },
    );

    const last = ['os._exit(3)', 'os.kill(os.getpid(), 9)', 'ctypes.string_at(0)', 'os.abort()'];
    test.concurrent.for(last)('lines before %s are delivered', async (code) => {
      const run = await suite
        .box()
        .run(`import os, ctypes\nfor i in range(50): print(i)\nos.system('echo child')\nprint('last')\n${code}`);
      expect(run.stdout).toBe(`${Array.from({ length: 50 }, (_, i) => `${i}\n`).join('')}child\nlast\n`);
      expect(run.end.outcome).toBe('killed');
    });
    test.concurrent.for(last)('text without a line end before %s is delivered', async (code) => {
      const run = await suite.box().run(`import os, ctypes\nprint('last', end='')\n${code}`);
      expect(run.stdout).toBe('last');
    });
    test.concurrent.for([...last, `os.system('kill -9 $PPID')`])('%s is told within a second', async (code) => {
      const run = await suite.box().run(`import os, ctypes, time\nprint(time.time())\n${code}`);
      expect(run.end.outcome).toBe('killed');
      expect((run.end.timestamp ?? 0) - 1000 * Number(run.stdout)).toBeLessThan(1000);
    });
    test.concurrent('a megabyte before os._exit is delivered', async () => {
      const run = await suite.box().run(`import os\nfor i in range(100_000): print(i)\nos._exit(0)`);
      expect(run.stdout === Array.from({ length: 100_000 }, (_, i) => `${i}\n`).join('')).toBe(true);
    });

    test.concurrent('what waits behind a death runs in the new kernel', async () => {
      const box = suite.box();
      const streams = [
        await box.start('import os, time\ntime.sleep(0.3)\nos._exit(1)'),
        await box.start('x = 1'),
        await box.start('x + 1'),
      ];
      const runs = await Promise.all(streams.map((stream) => stream.rest()));
      expect(runs.map(({ end }) => end.outcome)).toEqual(['killed', 'ok', 'ok']);
      expect(runs.map(({ end }) => end.execution_count)).toEqual([1, 1, 2]);
      expect(runs[2]?.results[0]?.text).toBe('2');
    });

    test.concurrent('a death between executions costs the variables, not the next execution', async () => {
      const box = suite.box();
      await box.run(`import threading, os, time\nthreading.Timer(0.2, lambda: os._exit(7)).start()`);
      const { id } = await box.defaultContext();
      while ((await box.getContext(id)).restarts === 0) await setTimeout(10);
      const run = await box.run('1 + 1');
      expect(run.order).toEqual(['result 2']);
      expect(run.end.execution_count).toBe(1);
      expect((await box.getContext(id)).lastRestart?.reason).toMatch(/7/);
    });

    test.concurrent('a context whose kernel died gets a new one by itself, and says how often and why', async () => {
      const box = suite.box();
      const { id } = await box.createContext();
      const reasons = {
        'os._exit(3)': /exit status 3/,
        'os.abort()': /SIGABRT/,
        'while True: pass': /restart was asked/,
      };
      for (const [n, [code, reason]] of Object.entries(reasons).entries()) {
        const stream = await box.start(`import os\nprint('begun')\n${code}`, { contextId: id });
        await stream.until('begun');
        if (n === 2) await box.restart(id);
        expect((await stream.rest()).end.outcome).toBe('killed');
        let context = await box.getContext(id);
        while (context.status === 'restarting') {
          await setTimeout(5);
          context = await box.getContext(id);
        }
        expect(context).toMatchObject({ status: 'idle', executionCount: 0, restarts: n + 1 });
        expect(context.lastRestart).toEqual({ at: expect.any(String), reason: expect.stringMatching(reason) });
      }
    });

    test.concurrent('code that ends every process of its sandbox costs the sandbox its processes, and not its use', async () => {
      const box = suite.box();
      const { id: contextId } = await box.createContext();
      await box.run(`open('file', 'w').write('kept')`);
      const waiting = await box.start(`print('begun')\nwhile True: pass`, { contextId });
      await waiting.until('begun');
      const run = await box.run('import os\nos.kill(-1, 9)\nos.kill(os.getpid(), 9)');
      expect(run.error.ename).toBe('Quicksand.KernelKilled');
      expect((await waiting.rest()).error.ename).toBe('Quicksand.KernelKilled');
      for (const fields of [{}, { contextId }])
        expect((await box.run(`open('file').read()`, fields)).order).toEqual([`result 'kept'`]);
    });

    test.concurrent('the death of one context leaves the others alone', async () => {
      const box = suite.box();
      const { id: contextId } = await box.createContext();
      await box.run('x = 1');
      expect((await box.run('import os\nos._exit(1)', { contextId })).end.outcome).toBe('killed');
      expect((await box.run('x')).order).toEqual(['result 1']);
    });

    test.concurrent.for(Object.entries(forged))('%s on the channel ends that kernel alone', async ([, bytes]) => {
      const box = suite.box();
      const { id: other } = await box.createContext();
      await box.run('x = 1', { contextId: other });
      const run = await box.run(
        `${sockets}import time\nassert sockets\nfor fd in sockets: os.write(fd, ${bytes})\nx = 1\ntime.sleep(600)\nprint('never')`,
      );
      expect(run.error).toMatchObject({ ename: 'Quicksand.ProtocolViolation' });
      expect(run.end).toMatchObject({ outcome: 'killed', state: 'lost' });
      expect(run.stdout).toBe('');
      expect((await box.run('x', { contextId: other })).order).toEqual(['result 1']);
      expect((await box.run('1 + 1')).end).toMatchObject({ outcome: 'ok', execution_count: 1 });
    });

    test.concurrent('what is written behind a barrier that is never passed is not kept by the host', async () => {
      const flood = `sent = 0
os.set_blocking(sockets[0], False)
os.write(sockets[0], b'\\x05\\0\\0\\0\\x15\\1\\0\\0\\0' + b'\\7\\0\\0\\0\\1')
import time; until = time.monotonic() + 0.3
while time.monotonic() < until:
    try: sent += os.write(sockets[0], ${toFrame(17, `b'x' * 1000`)})
    except BlockingIOError: time.sleep(0.001)
open('sent', 'w').write(str(sent))
time.sleep(600)`;
      const box = suite.box();
      expect((await box.run(sockets + flood)).error).toMatchObject({ ename: 'Quicksand.ProtocolViolation' });
      expect(Number((await box.run(`print(open('sent').read())`)).stdout)).toBeLessThan(4_000_000);
    });

    test.concurrent('forged frames of other executions change nothing', async () => {
      const box = suite.box();
      const run = await box.run(
        `${sockets}for fd in sockets: os.write(fd, b'\\x01\\x00\\x00\\x00\\x11\\x07\\x00\\x00\\x00x' + b'\\x00\\x00\\x00\\x00\\x16\\x07\\x00\\x00\\x00')\nprint('own')`,
      );
      expect(run.order).toEqual(['stdout own\n']);
    });

    test.concurrent('bytes on descriptor 1 that look like a marker are text', async () => {
      const run = await suite
        .box()
        .run(`import os\n_ = os.write(1, b'a\\x00QS\\x01' + b'0' * 32 + b'\\x01\\x00\\x00\\x00\\x00b\\n')\nprint('c')`);
      expect(run.stdout).toBe(`a\0QS\u0001${'0'.repeat(32)}\u0001\0\0\0\0b\nc\n`);
    });

    test.concurrent('the end says what the execution cost', async () => {
      const { end } = await suite
        .box()
        .run('import time\nt = time.process_time()\nwhile time.process_time() - t < 0.2: pass\ntime.sleep(0.2)');
      expect(end.usage?.wallMs).toBeGreaterThan(390);
      expect(end.usage?.cpuMs).toBeGreaterThanOrEqual(150);
      expect(end.usage?.peakMemoryBytes).toBeGreaterThan(1_000_000);
    });
  });
}
