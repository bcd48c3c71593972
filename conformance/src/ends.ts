import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openGate, waitAtGate } from './gate.ts';
import { threadBomb } from './limits.ts';
import type { Run } from './run.ts';
import type { Suite } from './suite.ts';
import { timeOutBehind } from './time-out-behind.ts';

// R3, R9 and R10: every way for code to end is one named event and one `execution_complete`.

/** Code that runs for ever, and that an interrupt ends with its variables kept. */
const endless: Readonly<Record<string, string>> = {
  'a busy loop': 'while True: pass',
  'a busy loop that prints': 'while True: print(1)',
  'time.sleep': 'import time\ntime.sleep(600)',
  'a child': `import subprocess\nsubprocess.run(['sleep', '600'])`,
  'os.system, again and again': `import os\nwhile True: os.system('sleep 1')`,
  'a child that ignores the interrupt': `import os\n_ = os.system("trap '' INT; sleep 600")`,
  'a pool of processes': `import multiprocessing, time\nwith multiprocessing.get_context('fork').Pool(2) as pool: pool.map(time.sleep, [600] * 4)`,
  'a pool that waits for its processes': `import concurrent.futures, multiprocessing, time\nwith concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context('fork')) as pool: list(pool.map(time.sleep, [600] * 4))`,
  'a shell command': '!sleep 600',
  'a shell cell': `from IPython import get_ipython\nget_ipython().run_cell_magic('bash', '', 'sleep 600')`,
  'a shell command before other code': '!sleep 600\nkept = 2',
  'top-level await': 'import asyncio\nawait asyncio.sleep(600)',
  'a lock': 'import threading\nthreading.Event().wait()',
  'joining a thread':
    'import threading, time\nt = threading.Thread(target=time.sleep, args=(600,), daemon=True)\nt.start()\nt.join()',
  'a queue': 'import queue\nqueue.Queue().get()',
  'a regular expression': `import re\nre.match('(a+)+$', 'a' * 60 + 'b')`,
  'a message of an error': 'class Endless(Exception):\n    def __str__(self):\n        while True: pass\nraise Endless',
  'Exception handlers that retry': `import time\nwhile True:\n    try: time.sleep(1); raise ValueError\n    except Exception: pass`,
};

/**
 * Code that does not stop when it is interrupted. (The loop is not the first statement of its `try`: CPython 3.11 lets an interrupt of its first
 * instruction pass the `except`.)
 */
const stubborn: Readonly<Record<string, string>> = {
  'a loop that catches KeyboardInterrupt': `n = 0\nwhile True:\n    try:\n        if not n: n = 1; print('before')\n        while True: n += 1\n    except KeyboardInterrupt: pass`,
  'a loop with a bare except': `import time\nn = 0\nwhile True:\n    try:\n        if not n: n = 1; print('before')\n        time.sleep(0.1)\n    except: pass`,
  'SIGINT ignored': `import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('before')\nwhile True: time.sleep(1)`,
  'SIGINT blocked': `import os, signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\nos.write(1, b'before\\n')\nwhile True: time.sleep(1)`,
  'C code that never looks': `print('before')\nsum(range(10 ** 12))`,
};
export function describeEnds(suite: Suite): void {
  suite.topic('R10 timeout', () => {
    // First, since it waits longest: the others go on beside it.
    test.concurrent(
      'a kernel that says nothing when its processes have been ended is ended, and that is named',
      { timeout: 60_000 },
      async () => {
        // The kernel asks for the child that has ended.
        const code = `import os, time\nos.waitpid = lambda *_: time.sleep(600)\nif os.fork() == 0: os._exit(0)\n${threadBomb}`;
        const run = await suite.box().run(code);
        const names = run.errors.map(({ ename }) => ename);
        expect(names).toEqual(['Quicksand.TooManyProcesses', 'Quicksand.ProtocolViolation']);
        expect(run.end).toMatchObject({ outcome: 'killed', state: 'lost' });
      },
    );

    test.concurrent.for(Object.entries(endless))('%s is interrupted, and its variables are kept', async ([, code]) => {
      let [box, timeout] = [suite.box(), 0];
      const run = await timeOutBehind('on\n', (ms) => {
        [box, timeout] = [suite.box(), ms];
        return box.run(`kept = 1\nprint('on')\n${code}`, { timeout });
      });
      expect(run.error.ename).toBe('Quicksand.Timeout');
      expect(run.error.evalue).toMatch(new RegExp(`${timeout}.*kept`));
      expect(run.end).toMatchObject({ outcome: 'timeout', state: 'kept', execution_count: 1 });
      expect((await box.run('kept')).order).toEqual(['result 1']);
    });

    test.concurrent.for(Object.entries(stubborn))(
      '%s is killed after 2 s, and the next execution works',
      async ([, code]) => {
        let box = suite.box();
        const run = await timeOutBehind('before\n', async (timeout) => {
          box = suite.box();
          await box.run(`open('file', 'w').write('kept')\nlost = 1`);
          return box.run(code, { timeout });
        });
        expect(run.stdout).toBe('before\n');
        expect(run.error).toMatchObject({
          ename: 'Quicksand.Timeout',
          evalue: expect.stringMatching(/not yield.*lost/),
        });
        expect(run.end).toMatchObject({ outcome: 'timeout', state: 'lost' });
        const next = await box.run(`print(open('file').read(), 'lost' in globals())`);
        expect(next.stdout).toBe('kept False\n');
        expect(next.end.execution_count).toBe(1);
      },
    );

    test.concurrent('text before the timeout, and of what the code does to clean up, is delivered', async () => {
      const code = `import os\nprint('a')\ntry:\n    os.system('echo b')\n    while True: pass\nfinally:\n    print('c', end='')`;
      const run = await timeOutBehind('b\n', (timeout) => suite.box().run(code, { timeout }));
      expect(run.order).toEqual(['stdout a\nb\nc', 'error Quicksand.Timeout']);
    });

    test.concurrent('the error says where the code was', async () => {
      const code = `def spin(n=0):\n    while True:\n        n or print('on')\n        n += 1\n\nspin()`;
      const run = await timeOutBehind('on\n', (timeout) => suite.box().run(code, { timeout }));
      expect([2, 3, 4]).toContain(run.error.lineNumber);
      expect(run.error.traceback?.join('\n')).toContain('spin');
      expect(run.error.traceback?.at(-1)).toMatch(/^Quicksand\.Timeout: /);
    });

    test.concurrent('code that catches the interrupt and ends in peace has timed out all the same', async () => {
      const code = `try:\n    print('on')\n    while True: pass\nexcept KeyboardInterrupt:\n    print('caught')\n'result'`;
      const run = await timeOutBehind('on\n', (timeout) => suite.box().run(code, { timeout }));
      expect(run.stdout).toBe('on\ncaught\n');
      expect(run.error.ename).toBe('Quicksand.Timeout');
      expect(run.end).toMatchObject({ outcome: 'timeout', state: 'kept' });
    });

    test.concurrent('time in the queue does not count', async () => {
      const box = suite.box();
      const first = await box.start(waitAtGate);
      const timeout = 2000;
      const second = await box.start(`print('ran')`, { timeout });
      await setTimeout(timeout + 100);
      await openGate(box);
      expect((await first.rest()).end.outcome).toBe('ok');
      expect((await second.rest()).order).toEqual(['stdout ran\n']);
    });

    test.concurrent('after a timeout the next execution gets its own answer, and no interrupt', async () => {
      const box = suite.box();
      for (let n = 0; n < 8; n++) {
        const [slow, next] = [
          await box.start('while True: pass', { timeout: 50 }),
          await box.start(`print('own ${n}')`),
        ];
        expect((await slow.rest()).end.outcome).toBe('timeout');
        const run = await next.rest();
        expect(run.order).toEqual([`stdout own ${n}\n`]);
        expect(run.end.execution_count).toBe(2 * n + 2);
      }
    });

    test.concurrent('a timeout that races with the end of the code gives one end', async () => {
      const box = suite.box();
      for (let n = 0; n < 10; n++) {
        const { end, errors } = await box.run('import time\ntime.sleep(0.05)', { timeout: 50 });
        expect(['ok', 'timeout']).toContain(end.outcome);
        expect(errors).toHaveLength(end.outcome === 'ok' ? 0 : 1);
        expect((await box.run(`'x'`)).order).toEqual([`result 'x'`]);
      }
    });

    test.concurrent('threads of code that timed out print on, and nobody sees it', async () => {
      let box = suite.box();
      const code = `import threading\nstop = threading.Event()\ndef work():\n    while not stop.is_set(): print('late')\nthreading.Thread(target=work).start()\nwhile True: pass`;
      const run = await timeOutBehind('late\n', (timeout) => (box = suite.box()).run(code, { timeout }));
      expect(run.stdout).toMatch(/^(late\n)+(late)?$/);
      expect(run.end).toMatchObject({ outcome: 'timeout', state: 'kept' });
      for (let n = 0; n < 3; n++) expect((await box.run(`print(${n})`)).order).toEqual([`stdout ${n}\n`]);
      await box.run('stop.set()');
    });

    /** Code that has said that it is where it should be interrupted. */
    const interruptAtOn = async (code: string): Promise<Run> => {
      const box = suite.box();
      const stream = await box.start(code);
      // The end of the line is a write of its own.
      await stream.until('on\n');
      await box.cancel(stream.executionId);
      return stream.rest();
    };

    test.concurrent('a forked child is interrupted as the code is', async () => {
      // Python may miss a signal that comes just before it begins to sleep.
      const run = await interruptAtOn(`import os, time
child = os.fork()
try:
    while child and open(f'/proc/{child}/stat').read().rpartition(') ')[2][0] != 'S': pass
    if child: print('on')
    time.sleep(600)
except KeyboardInterrupt:
    if child == 0:
        print('child')
        os._exit(7)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))`);
      expect(run.order).toEqual(['stdout on\nchild\n7\n', 'error Quicksand.Interrupted']);
      expect(run.end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
    });

    test.concurrent('what the code starts to clean up has as long as the code has', async () => {
      const run = await interruptAtOn(`import subprocess, time
old = subprocess.Popen(['sh', '-c', 'trap "" INT; echo; exec sleep 600 >&2'], stdout=subprocess.PIPE)
old.stdout.readline()
try:
    print('on')
    time.sleep(600)
finally:
    subprocess.run(['sh', '-c', 'until grep -q "^State:.Z" /proc/$0/status; do sleep 0.01; done; echo cleaned', str(old.pid)])
    print(old.poll())`);
      expect(run.order).toEqual(['stdout on\ncleaned\n-9\n', 'error Quicksand.Interrupted']);
      expect(run.end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
    });

    test.concurrent('code that has not heard of its interrupt waits in vain for what it starts', async () => {
      const run = await interruptAtOn(`import os, signal, subprocess, threading, time
reading, writing = os.pipe()
def start():
    time.sleep(0.5)
    subprocess.Popen(['sleep', '600'], pass_fds=[writing])
    os.close(writing)
threading.Thread(target=start).start()
print('on')
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
os.read(reading, 1)`);
      expect(run.order).toEqual(['stdout on\n', 'error Quicksand.Interrupted']);
      expect(run.end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
    });

    test.concurrent('processes that a pool forks while the interrupt is on its way do not hold it up', async () => {
      const box = suite.box();
      await box.run('import concurrent.futures, multiprocessing, time\nkept = 1');
      for (let turn = 1; turn <= 12; turn++) {
        const stream = await box.start(
          `print('on')\nwith concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context('fork')) as pool: list(pool.map(time.sleep, [600] * 4))`,
        );
        await stream.until('on\n');
        await box.cancel(stream.executionId);
        const { end } = await stream.rest();
        expect([end.outcome, end.state], `turn ${turn}`).toEqual(['interrupted', 'kept']);
      }
      expect((await box.run('kept')).order).toEqual(['result 1']);
    });

    test.concurrent('children of code that timed out are ended', async () => {
      let box = suite.box();
      const code = `import subprocess\nsubprocess.Popen(['sleep', '600'])\nsubprocess.run(['sh', '-c', 'echo on; sleep 600; echo never'])`;
      const run = await timeOutBehind('on\n', (timeout) => (box = suite.box()).run(code, { timeout }));
      expect(run.end).toMatchObject({ outcome: 'timeout', state: 'kept' });
      expect(run.stdout).toBe('on\n');
      const { stdout } = await box.run(
        `import time\nwhile True:\n    left = subprocess.run(['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\\\0" " "'], capture_output=True, text=True).stdout.count('sleep 600')\n    if not left: break\n    time.sleep(0.02)\nprint(left)`,
      );
      expect(stdout).toBe('0\n');
    });
  });

  suite.topic('R9 cancel, interrupt, disconnect', () => {
    test.concurrent('DELETE interrupts at once; the variables are kept', async () => {
      const box = suite.box();
      const stream = await box.start(`kept = 1\nprint('begun')\nwhile True: pass`);
      await stream.until('begun');
      expect(await box.cancel(stream.executionId)).toEqual({ interrupted: true, executionId: stream.executionId });
      const run = await stream.rest();
      expect(run.error).toMatchObject({ ename: 'Quicksand.Interrupted', evalue: expect.stringContaining('kept') });
      expect(run.end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
      expect(await box.cancel(stream.executionId)).toMatchObject({ interrupted: false });
      expect((await box.run('kept')).order).toEqual(['result 1']);
    });

    test.concurrent('an interrupt of the context names what it interrupts', async () => {
      const box = suite.box();
      const stream = await box.start(`print('begun')\nimport time\ntime.sleep(600)`);
      await stream.until('begun');
      const { id } = await box.defaultContext();
      expect(await box.interrupt(id)).toEqual({ interrupted: true, executionId: stream.executionId });
      expect((await stream.rest()).end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
    });

    test.concurrent('an interrupt between executions does nothing', async () => {
      const box = suite.box();
      await box.run('1');
      const { id } = await box.defaultContext();
      expect(await box.interrupt(id)).toEqual({ interrupted: false });
      expect((await box.run(`import time\ntime.sleep(0.2)\nprint('whole')`)).order).toEqual(['stdout whole\n']);
    });

    test.concurrent('an interrupt never hits the execution behind the one that it was meant for', async () => {
      const box = suite.box();
      for (let n = 0; n < 25; n++) {
        const first = await box.start('import time\ntime.sleep(0.002)');
        const second = await box.start(`import time\ntime.sleep(0.02)\nprint('whole')`);
        await box.cancel(first.executionId);
        await first.rest();
        expect((await second.rest()).order).toEqual(['stdout whole\n']);
      }
    });

    test.concurrent('an execution that waits is cancelled without ever running', async () => {
      const box = suite.box();
      const first = await box.start(`print('begun')\n${waitAtGate}`);
      await first.until('begun');
      const second = await box.start(`open('/workspace/ran', 'w').close()`);
      await box.cancel(second.executionId);
      const run = await second.rest();
      expect(run.error.ename).toBe('Quicksand.Interrupted');
      expect(run.end).toMatchObject({ outcome: 'interrupted', execution_count: 0 });
      await openGate(box);
      expect((await first.rest()).end.outcome).toBe('ok');
      expect((await box.run(`import os\nos.path.exists('/workspace/ran')`)).results[0]?.text).toBe('False');
    });

    test.concurrent('code that ignores a cancel is killed, and named as interrupted', async () => {
      const box = suite.box();
      const stream = await box.start(
        `while True:\n    try:\n        n = 0\n        print('begun')\n        while True: n += 1\n    except KeyboardInterrupt: pass`,
      );
      await stream.until('begun');
      await box.cancel(stream.executionId);
      const run = await stream.rest();
      expect(run.error.ename).toBe('Quicksand.Interrupted');
      expect(run.end).toMatchObject({ outcome: 'interrupted', state: 'lost' });
    });

    test.concurrent('a client that goes away interrupts its code', async () => {
      const box = suite.box();
      const stream = await box.start(`kept = 1\nprint('begun')\nwhile True: pass`);
      await stream.until('begun');
      await stream.cancel();
      // It would run on for a minute; the next in the context comes only after it.
      expect((await box.run('kept', { timeout: 10_000 })).order).toEqual(['result 1']);
      const run = await (await box.resume(stream.executionId, 0)).rest();
      expect(run.error.ename).toBe('Quicksand.Interrupted');
      expect(run.end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
    });

    test.concurrent('a client that goes away from quiet code is noticed', async () => {
      const box = suite.box();
      const stream = await box.start(`kept = 1\nprint('begun')\nimport time\ntime.sleep(600)`);
      await stream.until('begun');
      await stream.cancel();
      expect((await box.run('kept')).order).toEqual(['result 1']);
    });

    test.concurrent('a client that gave a grace finds its code still running', async () => {
      const box = suite.box();
      const stream = await box.start(`print('begun')\n${waitAtGate}\nprint('after')`, {
        onDisconnect: { graceMs: 30_000 },
      });
      await stream.until('begun\n');
      await stream.cancel();
      await openGate(box);
      const rest = await (await box.resume(stream.executionId, stream.lastId)).rest();
      expect(rest.order).toEqual(['stdout after\n']);
      expect(rest.end.outcome).toBe('ok');
    });

    test.concurrent('a grace that passes interrupts', async () => {
      const box = suite.box();
      const stream = await box.start(`print('begun')\nwhile True: pass`, { onDisconnect: { graceMs: 200 } });
      await stream.until('begun');
      await stream.cancel();
      expect((await box.run('1')).end.outcome).toBe('ok');
      const run = await (await box.resume(stream.executionId, stream.lastId)).rest();
      expect(run.end.outcome).toBe('interrupted');
    });

    test.concurrent('the first cause wins: a cancel before the timeout stays a cancel', async () => {
      const box = suite.box();
      const stream = await box.start(
        `import os\ntry:\n    print('begun')\n    n = 0\n    while True: n += 1\nexcept KeyboardInterrupt: os._exit(1)`,
        { timeout: 3000 },
      );
      await stream.until('begun');
      await box.cancel(stream.executionId);
      const run = await stream.rest();
      expect(run.error).toMatchObject({
        ename: 'Quicksand.Interrupted',
        evalue: expect.stringMatching(/exit status 1.*lost/),
      });
      expect(run.end).toMatchObject({ outcome: 'interrupted', state: 'lost' });
    });
  });
}
