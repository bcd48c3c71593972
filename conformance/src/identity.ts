import { expect, test } from 'vitest';
import { openGate } from './gate.ts';
import type { Suite } from './suite.ts';

// R6: text belongs to the execution that started what wrote it.

export function describeIdentity(suite: Suite): void {
  suite.topic('R6 identity', () => {
    const late: Readonly<Record<string, string>> = {
      'a thread': `import threading\ngo = threading.Event()\ndef work():\n    go.wait()\n    for _ in range(20): print('late'); print('late', file=__import__('sys').stderr)\n    done.set()\ndone = threading.Event()\nthreading.Thread(target=work).start()`,
      'a thread of a pool': `import threading, concurrent.futures\ngo, done = threading.Event(), threading.Event()\ndef work():\n    go.wait()\n    print('late')\n    done.set()\npool = concurrent.futures.ThreadPoolExecutor()\n_ = pool.submit(work)`,
      'a thread of a thread': `import threading\ngo, done = threading.Event(), threading.Event()\ndef inner():\n    go.wait()\n    print('late')\n    done.set()\nthreading.Thread(target=lambda: threading.Thread(target=inner).start()).start()`,
      'a thread that displays': `import threading\ngo, done = threading.Event(), threading.Event()\ndef work():\n    go.wait()\n    display('late')\n    done.set()\nthreading.Thread(target=work).start()`,
    };
    test.concurrent.for(Object.entries(late))(
      '%s that outlives its execution never writes into the next',
      async ([, code]) => {
        const box = suite.box();
        expect((await box.run(code)).end.outcome).toBe('ok');
        const run = await box.run(`print('own')\ngo.set()\nprint(done.wait(5))`);
        expect(run.order).toEqual(['stdout own\nTrue\n']);
      },
    );

    test.concurrent('a task that outlives its execution never writes into the next', async () => {
      const box = suite.box();
      await box.run(
        `import asyncio\nasync def work():\n    for _ in range(50):\n        await asyncio.sleep(0.01)\n        print('late')\ntask = asyncio.create_task(work())\nawait asyncio.sleep(0)`,
      );
      const run = await box.run(`print('own')\nawait asyncio.sleep(0.2)\nprint('end')`);
      expect(run.order).toEqual(['stdout own\nend\n']);
    });

    test.concurrent('a thread writes into its own execution while that runs', async () => {
      const run = await suite
        .box()
        .run(
          `import threading, time\nt = threading.Thread(target=lambda: (time.sleep(0.1), print('thread')))\nt.start()\nprint('main')\nt.join()`,
        );
      expect(run.order).toEqual(['stdout main\nthread\n']);
    });

    test.concurrent('a thread that prints all the time does not keep its execution, or the next, from ending', async () => {
      const box = suite.box();
      expect(
        (
          await box.run(
            `import threading\ndef work():\n    while True: print('late')\nthreading.Thread(target=work, daemon=True).start()`,
          )
        ).end.outcome,
      ).toBe('ok');
      for (let n = 0; n < 3; n++) expect((await box.run(`print('own')`)).order).toEqual(['stdout own\n']);
    });

    test.concurrent('output of a child that was left running belongs to the execution in which it arrives', async () => {
      const box = suite.box();
      const first = await box.run(
        `import subprocess, os\nos.mkfifo('/tmp/go')\nchild = subprocess.Popen(['sh', '-c', 'cat /tmp/go > /dev/null; echo late'])\nprint('left')`,
      );
      expect(first.order).toEqual(['stdout left\n']);
      const second = await box.run(`open('/tmp/go', 'w').close()\nchild.wait()\nprint('end')`);
      expect(second.order).toEqual(['stdout late\nend\n']);
    });

    test.concurrent('what such a child writes between two executions is told by the next one, as far as it is new', async () => {
      const box = suite.box();
      const child = `while [ ! -e .gate ]; do sleep 0.01; done; seq 100000; echo late; echo later >&2; touch .written`;
      await box.run(`import subprocess\nchild = subprocess.Popen(['sh', '-c', '${child}'])`);
      await openGate(box);
      const { id: contextId } = await box.createContext();
      await box.run(`import os, time\nwhile not os.path.exists('.written'): time.sleep(0.01)`, { contextId });
      const run = await box.run(`print('own')`);
      expect(run.stdout.slice(-30)).toMatch(/\n99999\n100000\nlate\nown\n$/);
      expect(run.stdout.length).toBeLessThan(200_000);
      expect(run.stderr).toBe('later\n');
      expect((await box.run(`print('own')`)).order).toEqual(['stdout own\n']);
    });

    test.concurrent('a child that was left running does not keep its execution from ending', async () => {
      const box = suite.box();
      expect((await box.run(`import subprocess\nchild = subprocess.Popen(['sleep', '600'])`)).end.outcome).toBe('ok');
      expect((await box.run('child.poll() is None')).order).toEqual(['result True']);
    });

    test.concurrent('executions of several contexts at the same time get their own output', async () => {
      const box = suite.box();
      const contexts = await Promise.all([1, 2, 3].map(() => box.createContext()));
      const runs = await Promise.all(
        contexts.map(({ id }, n) =>
          box.run(
            `import os, time\nfor i in range(30):\n    print(${n})\n    if i % 10 == 0: os.system('echo ${n}')\n    time.sleep(0.002)`,
            { contextId: id },
          ),
        ),
      );
      runs.forEach((run, n) => expect(run.stdout).toBe(`${n}\n`.repeat(33)));
    });
  });
}
