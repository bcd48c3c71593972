import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { openGate, waitAtGate } from './gate.ts';
import { Run } from './run.ts';
import type { Suite } from './suite.ts';

// R1: an event is written to the client when it happens. Liveness is shown by order: code writes, then waits for what only its reader can cause.

const writers: Readonly<Record<string, string>> = {
  'a print': `print('here')`,
  'a print without a line end': `print('here', end='')`,
  'the last of many prints': `for i in range(5000): print(i)\nprint('here')`,
  'sys.stdout.write': `import sys\nsys.stdout.write('here\\n')`,
  'sys.stdout.buffer.write and flush': `import sys\nsys.stdout.buffer.write(b'here\\n')\nsys.stdout.buffer.flush()`,
  'a print to stderr': `import sys\nprint('here', file=sys.stderr)`,
  'os.write': `import os\nos.write(1, b'here\\n')`,
  'a shell command': `!echo here`,
  'a child that was waited for': `import subprocess\nsubprocess.run(['echo', 'here'])`,
  'a child that still runs': `import subprocess\nchild = subprocess.Popen(['sh', '-c', 'echo here; sleep 20'])`,
  'os.system': `import os\nos.system('echo here')`,
  'C code that flushes': `import ctypes\nlibc = ctypes.CDLL(None)\nlibc.puts(b'here')\nlibc.fflush(None)`,
  'a thread': `import threading\nthreading.Thread(target=print, args=('here',)).start()`,
  logging: `import logging\nlogging.warning('here')`,
  'a warning': `import warnings\nwarnings.warn('here')`,
};

const displays: Readonly<Record<string, string>> = {
  'display of an object': `display({'a': 1})`,
  'a figure that is shown': `import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()`,
  'a table': `import pandas as pd\ndisplay(pd.DataFrame({'a': [1]}))`,
};

export function describeLive(suite: Suite): void {
  suite.topic('R1 live', () => {
    test.concurrent('each of five prints arrives before the next one is made', async () => {
      const box = suite.box();
      const { id: contextId } = await box.createContext();
      const code = `import os, time\nfor i in range(5):\n    print(i)\n    while not os.path.exists(f'/workspace/seen {i}'): time.sleep(0.01)`;
      const stream = await box.start(code);
      for (let i = 0; i < 5; i++) {
        await stream.until(`${i}\n`);
        expect(new Run(stream.seen).text).toBe(Array.from({ length: i + 1 }, (_, n) => `${n}\n`).join(''));
        await box.run(`open('/workspace/seen ${i}', 'w').close()`, { contextId });
      }
      expect((await stream.rest()).end.outcome).toBe('ok');
    });

    test.concurrent.for(Object.entries(writers))('%s arrives while the code runs', async ([, code]) => {
      const box = suite.box();
      const stream = await box.start(`${code}\n${waitAtGate}`);
      await stream.until('here');
      await openGate(box);
      expect((await stream.rest()).end.outcome).toBe('ok');
    });

    test.concurrent.for(Object.entries(displays))('%s arrives while the code runs', async ([, code]) => {
      const box = suite.box();
      const stream = await box.start(`${code}\n${waitAtGate}`);
      await stream.untilSeen('a result', ({ type }) => type === 'result');
      await openGate(box);
      expect((await stream.rest()).end.outcome).toBe('ok');
    });

    test.concurrent('the stream opens with a heartbeat, and beats while the code is quiet', async () => {
      const box = suite.box();
      const response = await box.post(waitAtGate);
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      const beat = ': \n\n';
      let beats = '';
      // A slow reader may find two of them together.
      while (beats.length < 2 * beat.length) beats += (await reader?.read())?.value ?? '';
      expect(beats).toBe(beat.repeat(beats.length / beat.length));
      await openGate(box);
      let rest = '';
      for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) rest += part.value;
      expect(rest).toContain('execution_complete');
    });

    test.concurrent('the answer says that it is an event stream which nobody may hold back', async () => {
      const response = await suite.box().post('1');
      expect(response.headers.get('Content-Type')).toMatch(/^text\/event-stream/);
      expect(response.headers.get('Cache-Control')).toMatch(/no-(cache|store)/);
      expect(response.headers.get('Quicksand-Execution-Id')).toMatch(/^[\w-]{1,64}$/);
      await response.text();
    });
  });
}

export function describeComplete(suite: Suite): void {
  suite.topic('R4 complete', () => {
    test('50 MB in prints of every length arrive complete and in order', { timeout: 60_000 }, async () => {
      const run = await suite.box().run(`
import hashlib, sys
digest, total, n = hashlib.sha256(), 0, 0
while total < 50_000_000:
    line = f'{n} ' + 'añ€😀'[n % 4] * (n * 7919 % 2000)
    print(line)
    digest.update(line.encode() + b'\\n'); total += len(line.encode()) + 1; n += 1
print(total, digest.hexdigest(), file=sys.stderr)`);
      const [total, digest] = run.stderr.trim().split(' ');
      expect(run.end.outcome).toBe('ok');
      expect(Buffer.byteLength(run.stdout)).toBe(Number(total));
      expect(createHash('sha256').update(run.stdout).digest('hex')).toBe(digest);
    });

    test('one print of 50 MB arrives complete', { timeout: 60_000 }, async () => {
      const run = await suite.box().run(`print('0123456789' * 5_000_000)`);
      expect(run.end.outcome).toBe('ok');
      expect(run.stdout.length).toBe(50_000_001);
      expect(createHash('sha256').update(run.stdout).digest('hex')).toBe(
        createHash('sha256')
          .update(`${'0123456789'.repeat(5_000_000)}\n`)
          .digest('hex'),
      );
    });

    test('100,000 prints arrive complete and in order', async () => {
      const run = await suite.box().run(`for i in range(100_000): print(i)`);
      expect(run.stdout === Array.from({ length: 100_000 }, (_, i) => `${i}\n`).join('')).toBe(true);
    });

    const lasts: Readonly<Record<string, readonly [string, string]>> = {
      'a print without a line end': [`print('x' * 3, end='')`, 'xxx'],
      'a child that writes more than a pipe holds': [
        `import subprocess\n_ = subprocess.run(['seq', '1', '200000'])`,
        Array.from({ length: 200_000 }, (_, i) => `${i + 1}\n`).join(''),
      ],
      'a shell command without a line end': [`import os\n_ = os.system('printf last')`, 'last'],
      'C code that does not flush': [`import ctypes\n_ = ctypes.CDLL(None).printf(b'last %d', 7)`, 'last 7'],
      'os.write as the last thing': [`import os\n_ = os.write(1, b'last')`, 'last'],
      'a forked child': [
        `import os\nif os.fork() == 0:\n    os.write(1, b'child\\n'); os._exit(0)\n_ = os.wait()`,
        'child\n',
      ],
      'a forked child that prints': [
        `import os\npid = os.fork()\nif pid == 0:\n    print('child', flush=True)\n    os._exit(0)\n_ = os.waitpid(pid, 0)\nprint('parent')`,
        'child\nparent\n',
      ],
      'processes of multiprocessing': [
        `import multiprocessing as mp\np = mp.get_context('fork').Process(target=print, args=('child',))\np.start(); p.join(); print(p.exitcode)`,
        'child\n0\n',
      ],
      'a thread that was joined': [
        `import threading\nt = threading.Thread(target=lambda: print('thread'))\nt.start(); t.join()`,
        'thread\n',
      ],
      'sys.stdout.buffer without a flush': [`import sys\n_ = sys.stdout.buffer.write(b'bytes')`, 'bytes'],
      'a stream in the place of sys.stdout without a flush': [
        `import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')\nprint('own')`,
        'own\n',
      ],
      'a file in the place of sys.stdout without a flush': [
        `import sys\nsys.stdout = open('/dev/stdout', 'w')\nprint('own')`,
        'own\n',
      ],
      'sys.__stdout__': [`import sys\nprint('original', file=sys.__stdout__)`, 'original\n'],
      '/dev/stdout opened anew': [`with open('/dev/stdout', 'w') as f: f.write('device\\n')`, 'device\n'],
    };
    test.concurrent.for(Object.entries(lasts))('%s is delivered before the end', async ([, [code, stdout]]) => {
      const run = await suite.box().run(code);
      expect(run.end.outcome).toBe('ok');
      expect(run.stdout === stdout, run.stdout.slice(0, 1000)).toBe(true);
    });
  });
}
