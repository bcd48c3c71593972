import { expect, test } from 'vitest';
import type { Suite } from './suite.ts';
import { timeOutBehind } from './time-out-behind.ts';

/** Code that asks for more memory than a context may have, in ways that people and models write. */
const memoryBombs: Readonly<Record<string, string>> = {
  'one allocation': 'b = bytearray(3 * 1024 ** 3)',
  'a list that grows': 'b = []\nwhile True: b.append(bytearray(10 ** 7))',
  'an array': 'import numpy as np\na = np.ones((30_000, 30_000))',
};

/** Code that asks for more threads than its context may have. */
export const threadBomb =
  'import threading\nstop = threading.Event()\ntry:\n    for _ in range(1000): threading.Thread(target=stop.wait).start()\nfinally: stop.set()';

/** The same in other ways. */
const processBombs: Readonly<Record<string, string>> = {
  'os.fork': 'import os, time\nfor _ in range(1000):\n    if os.fork() == 0: time.sleep(600)',
  'subprocess.Popen': `import subprocess\nfor _ in range(1000): subprocess.Popen(['sleep', '600'])`,
  threads: threadBomb,
};

/** What a process started in its own session and process group does for ever. */
const daemon = `import subprocess\nsubprocess.Popen(['setsid', 'sh', '-c', 'while :; do echo late; done'], start_new_session=True)\n`;

/** R10 and I1: the limits of a context hold, and say so. */
export function describeLimits(suite: Suite): void {
  suite.topic('R10 limits of memory and processes', () => {
    test.concurrent.for(Object.entries(memoryBombs))(
      'more memory than allowed, by %s: named, and its neighbour is unharmed',
      async ([, code]) => {
        const box = suite.box();
        const { id: contextId } = await box.createContext();
        await box.run('x = 1', { contextId });
        const run = await box.run(`print('before')\n${code}`);
        expect(run.stdout).toBe('before\n');
        expect(run.error.ename).toBe('Quicksand.OutOfMemory');
        expect(run.end).toMatchObject({ outcome: 'killed', state: 'lost' });
        expect((await box.run('x', { contextId })).order).toEqual(['result 1']);
        expect((await box.run('1 + 1')).end).toMatchObject({ outcome: 'ok', execution_count: 1 });
      },
    );

    test.concurrent('a child that runs out of memory is ended, and the code goes on', async () => {
      const code = `import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'bytearray(3 * 1024 ** 3)']).returncode`;
      const run = await suite.box().run(code);
      expect(run.order).toEqual(['result -9']);
      expect(run.end.state).toBe('kept');
    });

    test.concurrent.for(Object.entries(processBombs))(
      'more processes than allowed, by %s: named, the variables are kept, and the next execution can start some',
      { timeout: 60_000 },
      async ([, code]) => {
        const box = suite.box();
        const { id: contextId } = await box.createContext();
        const run = await box.run(`x = 1\n${code}`);
        expect(run.error.ename).toBe('Quicksand.TooManyProcesses');
        expect(run.error.lineNumber).toBeGreaterThan(1);
        expect(run.end).toMatchObject({ outcome: 'error', state: 'kept' });
        const next = `import subprocess\nprint(subprocess.run(['echo', 'started'], capture_output=True, text=True).stdout)`;
        expect((await box.run(`${next}\nx`)).order).toEqual(['stdout started\n\n', 'result 1']);
        expect((await box.run(next, { contextId })).order).toEqual(['stdout started\n\n']);
      },
    );

    test.concurrent('an error of the code that has nothing to do with a limit keeps its name', async () => {
      const box = suite.box();
      await box.run(threadBomb);
      expect((await box.run(`open('/nowhere/x')`)).error.ename).toBe('FileNotFoundError');
      expect((await box.run(`raise RuntimeError('mine')`)).error.ename).toBe('RuntimeError');
    });
  });

  suite.topic('R6 nothing of a stopped execution is left', () => {
    test.concurrent('what a daemon of timed-out code wrote is its own, and nothing of it comes later', async () => {
      let box = suite.box();
      const code = `${daemon}while True: pass`;
      const run = await timeOutBehind('late\n', (timeout) => (box = suite.box()).run(code, { timeout }));
      expect(run.stdout).toMatch(/^(late\n)+$/);
      expect(run.end).toMatchObject({ outcome: 'timeout', state: 'kept' });
      for (let n = 0; n < 5; n++) expect((await box.run(`print(${n})`)).order).toEqual([`stdout ${n}\n`]);
    });

    test.concurrent('what was left running before the stopped execution lives on', async () => {
      const box = suite.box();
      await box.run(`import os, subprocess\norphans, kept = [], [subprocess.Popen(['sleep', '600'])]`);
      const code = `stopped = subprocess.Popen(['sleep', '600'])\nprint('on')\nwhile True: pass`;
      await timeOutBehind('on\n', (timeout) => box.run(code, { timeout }));
      expect((await box.run('kept[0].poll(), stopped.wait()')).order).toEqual(['result (None, -2)']);
      // The first one starts a tracker, too.
      const spawn = `spawned.append(context.Process(target=time.sleep, args=(600,)))\nspawned[-1].start()`;
      await box.run(
        `import multiprocessing, time\ncontext, spawned = multiprocessing.get_context('spawn'), []\n${spawn}`,
      );
      // Whose a process is must be told however fast one execution follows the other.
      for (let n = 1; n <= 5; n++) {
        await box.run(`kept.append(subprocess.Popen(['sleep', '600']))`);
        await box.run('while True: pass', { timeout: 50 });
        // Its parent is gone by then.
        await box.run(`orphans.append(int(subprocess.check_output('sleep 600 > /dev/null & echo $!', shell=True)))`);
        await box.run('while True: pass', { timeout: 50 });
        await box.run(spawn);
        await box.run('while True: pass', { timeout: 50 });
      }
      expect((await box.run('[process.poll() for process in kept]')).results[0]?.json).toEqual(Array(6).fill(null));
      const spawned = await box.run('[process.exitcode for process in spawned]');
      expect(spawned.results[0]?.json).toEqual(Array(6).fill(null));
      const alive = await box.run('[os.path.exists(f"/proc/{pid}") for pid in orphans]');
      expect(alive.results[0]?.json).toEqual(Array(5).fill(true));
    });

    test.concurrent('a double fork that left its session is ended at an interrupt too', async () => {
      const box = suite.box();
      const code = `import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork(): os._exit(0)\n    while True: os.write(1, b'late\\n')\ntime.sleep(600)`;
      const reader = await box.start(code, { executionId: `double-${box.id}` });
      await reader.next();
      await box.cancel(`double-${box.id}`);
      expect((await reader.rest()).end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
      expect((await box.run(`print('own')`)).order).toEqual(['stdout own\n']);
    });

    test.concurrent('nothing that a kernel started outlives it', async () => {
      const box = suite.box();
      const run = await box.run(`import os\n${daemon}os._exit(1)`);
      expect(run.end.outcome).toBe('killed');
      expect((await box.run(`print('own')`)).order).toEqual(['stdout own\n']);
    });
  });
}
