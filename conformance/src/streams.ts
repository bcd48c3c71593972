import { decodeSSE, type ExecutionEvent } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import type { Suite } from './suite.ts';

// R2, R3 and R5. What is true of every stream (ids, one end, events of the right shape) is checked by the reader of every case.

const ordered: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  'a child between prints': [
    `import subprocess\nprint('a')\nsubprocess.run(['echo', 'b'], check=True)\nprint('c')\nsubprocess.check_call('echo d', shell=True)\nprint('e')`,
    ['stdout a\nb\nc\nd\ne\n'],
  ],
  'os.system between prints': [`import os\nprint('a')\n_ = os.system('echo b')\nprint('c')`, ['stdout a\nb\nc\n']],
  'shell commands between prints': [`print('a')\n!echo b\nprint('c')\n!echo d\n`, ['stdout a\nb\nc\nd\n']],
  'a fork between prints': [
    `import os\nprint('a')\npid = os.fork()\nif pid == 0:\n    os.write(1, b'b\\n'); os._exit(0)\n_ = os.waitpid(pid, 0)\nprint('c')`,
    ['stdout a\nb\nc\n'],
  ],
  'a child on both streams': [
    `import subprocess, sys\nprint('a'); print('b', file=sys.stderr)\nsubprocess.run(['sh', '-c', 'echo c; sleep 0.2; echo d >&2'])\nprint('e')`,
    ['stdout a\n', 'stderr b\n', 'stdout c\n', 'stderr d\n', 'stdout e\n'],
  ],
  'children that write to one stream and then to the other': [
    `import os\nfor i in range(10):\n    os.write(2, b'a\\n')\n    os.system('echo b')\n    _ = os.system('echo c >&2')\nprint('d')`,
    [
      ...Array.from({ length: 10 }, (_, i) => [`stderr ${i ? 'c\n' : ''}a\n`, 'stdout b\n']).flat(),
      'stderr c\n',
      'stdout d\n',
    ],
  ],
  'results between text and children': [
    `import subprocess\nprint('a')\ndisplay('one')\nsubprocess.run(['echo', 'b'])\ndisplay('two')\nprint('c')\n'three'`,
    ['stdout a\n', `result 'one'`, 'stdout b\n', `result 'two'`, 'stdout c\n', `result 'three'`],
  ],
  'text, a result and an error': [
    `print('a')\ndisplay(1)\nprint('b')\n1/0`,
    ['stdout a\n', 'result 1', 'stdout b\n', 'error ZeroDivisionError'],
  ],
  'a child before an error': [`import os\nos.system('echo a')\nraise KeyError('k')`, ['stdout a\n', 'error KeyError']],
  'C code that flushes, before a print': [
    `import ctypes\nlibc = ctypes.CDLL(None)\nlibc.puts(b'a'); libc.fflush(None)\nprint('b')`,
    ['stdout a\nb\n'],
  ],
  'os.write before a print': [`import os\n_ = os.write(1, b'a\\n')\nprint('b')`, ['stdout a\nb\n']],
  'a NUL at the end of a child, before a print': [
    `import subprocess\n_ = subprocess.run(['printf', r'a\\0'])\nprint('b')`,
    ['stdout a\0b\n'],
  ],
  'a NUL of os.write, before a result': [`import os\n_ = os.write(1, b'a\\0QS')\n1`, ['stdout a\0QS', 'result 1']],
  'os.write between prints': [`import os\nprint('a')\n_ = os.write(1, b'b\\n')\nprint('c')`, ['stdout a\nb\nc\n']],
  'text and bytes through sys.stdout': [
    `import sys\nprint('a')\nsys.stdout.flush()\nsys.stdout.buffer.write(b'b\\n')\nsys.stdout.buffer.flush()\nprint('c')`,
    ['stdout a\nb\nc\n'],
  ],
  'warnings and logging': [
    `import logging, warnings, sys\nprint('a')\nwarnings.simplefilter('always')\nlogging.warning('b')\nprint('c')\nlogging.error('d')\nprint('e')`,
    ['stdout a\n', 'stderr WARNING:root:b\n', 'stdout c\n', 'stderr ERROR:root:d\n', 'stdout e\n'],
  ],
  'figures between prints': [
    `import matplotlib.pyplot as plt\nprint('a')\nplt.plot([1, 2])\nplt.show()\nprint('b')\nplt.plot([2, 1])\nplt.show()\nprint('c')`,
    ['stdout a\n', 'result <Figure', 'stdout b\n', 'result <Figure', 'stdout c\n'],
  ],
  tasks: [
    // Each waits for the one before, and not for a time: where there is little processor time, they do not begin at the same time.
    `import asyncio\ngates = [asyncio.Event() for _ in range(4)]\nasync def say(n):\n    await gates[n - 1].wait()\n    print(n)\n    await asyncio.sleep(0.02)\n    gates[n].set()\ngates[0].set()\nawait asyncio.gather(*(say(n) for n in (3, 1, 2)))\nprint('end')`,
    ['stdout 1\n2\n3\nend\n'],
  ],
};

export function describeOrder(suite: Suite): void {
  suite.topic('R2 ordered', () => {
    test.concurrent.for(Object.entries(ordered))('%s', async ([, [code, order]]) => {
      const run = await suite.box().run(code);
      expect(run.order.map((entry) => (entry.startsWith('result <Figure') ? 'result <Figure' : entry))).toEqual(order);
    });

    test.concurrent('prints to both streams keep their order', async () => {
      const run = await suite
        .box()
        .run(`import sys\nfor i in range(200):\n    print(i)\n    print(i, file=sys.stderr)`);
      expect(run.order).toEqual(Array.from({ length: 200 }, (_, i) => [`stdout ${i}\n`, `stderr ${i}\n`]).flat());
    });

    test.concurrent('prints and children keep their order, again and again', async () => {
      const run = await suite
        .box()
        .run(`import subprocess\nfor i in range(60):\n    print(i)\n    subprocess.run(['echo', f'child {i}'])`);
      expect(run.stdout).toBe(Array.from({ length: 60 }, (_, i) => `${i}\nchild ${i}\n`).join(''));
    });

    test.concurrent('threads that print at the same time lose nothing, and each keeps its order', async () => {
      const run = await suite.box().run(`
import threading
def work(name):
    for i in range(2000): print(f'{name} {i}\\n', end='')
threads = [threading.Thread(target=work, args=(name,)) for name in 'abcd']
for t in threads: t.start()
work('m')
for t in threads: t.join()`);
      const lines = run.stdout.split('\n').slice(0, -1);
      expect(lines).toHaveLength(10_000);
      for (const name of 'abcdm') {
        const own = lines.filter((line) => line.startsWith(name));
        expect(own).toEqual(Array.from({ length: 2000 }, (_, i) => `${name} ${i}`));
      }
    });

    test.concurrent('what redirect_stdout catches is not in the stream', async () => {
      const run = await suite
        .box()
        .run(
          `import contextlib, io\nprint('a')\nwith contextlib.redirect_stdout(io.StringIO()) as caught:\n    print('b')\nprint('c', repr(caught.getvalue()))`,
        );
      expect(run.order).toEqual([`stdout a\nc 'b\\n'\n`]);
    });
  });
}

const wholes: Readonly<Record<string, readonly [string, string]>> = {
  'an emoji in two writes to sys.stdout.buffer': [
    `import sys\nb = '😀'.encode()\nsys.stdout.buffer.write(b[:2]); sys.stdout.buffer.flush()\nsys.stdout.buffer.write(b[2:]); _ = sys.stdout.buffer.flush()`,
    '😀',
  ],
  'an emoji in two os.write calls with time between': [
    `import os, time\nb = '😀'.encode()\nos.write(1, b[:1]); time.sleep(0.1); os.write(1, b[1:3]); time.sleep(0.1); _ = os.write(1, b[3:])`,
    '😀',
  ],
  'an emoji in two writes of a child': [
    `_ = __import__('subprocess').run(['sh', '-c', r"printf '\\360\\237'; sleep 0.1; printf '\\230\\200'"])`,
    '😀',
  ],
  'two streams with half an emoji each': [
    `import os\nb = '😀'.encode()\nos.write(1, b[:2]); os.write(2, b[:2]); os.write(1, b[2:]); _ = os.write(2, b[2:])`,
    '😀😀',
  ],
  'bytes that are no UTF-8': [`import os\n_ = os.write(1, b'a\\xff\\xfeb\\n')`, 'a\uFFFD\uFFFDb\n'],
  'half an emoji at the end': [`import os\n_ = os.write(1, b'a' + '😀'.encode()[:2])`, 'a\uFFFD'],
  'half an emoji, then something else': [`import os\n_ = os.write(1, '😀'.encode()[:2] + b'b')`, '\uFFFDb'],
  'characters that break lines in JSON or SSE': [
    `print('a\\rb\\u2028c\\u2029d\\x85e\\x00f\\x0bg\\\\h"')`,
    'a\rb\u2028c\u2029d\u0085e\0f\vg\\h"\n',
  ],
  'text of a stream that is told to have another encoding': [
    `import sys\nsys.stdout.reconfigure(encoding='latin-1', line_buffering=False, newline='\\n')\nprint('é')`,
    'é\n',
  ],
  'text that looks like an event': [
    `print('data: {"type":"execution_complete"}\\n\\nid: 99\\ndata: x\\n\\n: \\nevent: y')`,
    'data: {"type":"execution_complete"}\n\nid: 99\ndata: x\n\n: \nevent: y\n',
  ],
  'every plane of Unicode': [`print('é ß ж 中 ‍👩‍👩‍👧 𝔘 \\U0010ffff')`, 'é ß ж 中 ‍👩‍👩‍👧 𝔘 \u{10ffff}\n'],
  'a byte order mark': [`print('\\ufeffa')`, '\uFEFFa\n'],
  'a progress bar': [`for i in range(3): print(f'\\r{i}', end='')`, '\r0\r1\r2'],
};

export function describeText(suite: Suite): void {
  suite.topic('R5 whole text', () => {
    test.concurrent.for(Object.entries(wholes))('%s', async ([, [code, text]]) => {
      const run = await suite.box().run(code);
      expect(run.text).toBe(text);
      expect(run.text.includes('\uFFFD')).toBe(text.includes('\uFFFD'));
    });

    test.concurrent('no event ends inside a character, however much is written', async () => {
      const run = await suite
        .box()
        .run(`import subprocess\nprint('😀' * 400_000)\n_ = subprocess.run("yes '€😀' | head -n 100000", shell=True)`);
      for (const { text = '' } of run.events) expect(text.isWellFormed()).toBe(true);
      expect(run.stdout === `${'😀'.repeat(400_000)}\n${'€😀\n'.repeat(100_000)}`).toBe(true);
    });

    test.concurrent('a lone surrogate breaks nothing', async () => {
      const box = suite.box();
      const run = await box.run(`print('a\\ud800b')`);
      expect(['ok', 'error']).toContain(run.end.outcome);
      for (const event of run.events) expect(JSON.stringify(event).isWellFormed()).toBe(true);
      expect((await box.run(`'c\\udfffd'`)).end.outcome).toBe('ok');
      expect((await box.run(`{'\\ud800': '\\udfff'}`)).end.outcome).toBe('ok');
      expect((await box.run(`raise ValueError('\\ud800')`)).error.ename).toBe('ValueError');
      expect((await box.run('1 + 1')).results[0]?.text).toBe('2');
    });

    test.concurrent('a parser that splits at line ends and reads lines that begin with "data: " reads the stream', async () => {
      const response = await suite
        .box()
        .post(
          `import sys\nprint('data: x\\n\\n', '\\u2028', '\\r')\nprint('é', file=sys.stderr)\ndisplay({'a': '\\n'})\n1/0`,
        );
      const raw = await response.text();
      const events: ExecutionEvent[] = [];
      for (const line of raw.split('\n')) {
        if (!line.startsWith('data: ')) continue;
        events.push(JSON.parse(line.substring(6)) as ExecutionEvent);
      }
      const decoded: ExecutionEvent[] = [];
      const body = new Response(raw).body as ReadableStream<Uint8Array>;
      for await (const { event } of decodeSSE<ExecutionEvent>(body)) decoded.push(event);
      expect(events).toEqual(decoded);
      const types = events.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1]);
      expect(types).toEqual(['stdout', 'stderr', 'result', 'error', 'execution_complete']);
      expect(raw).toMatch(/^(: \n\n|id: \d+\ndata: [^\n]*\n\n)+$/);
    });
  });
}
