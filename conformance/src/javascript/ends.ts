import { describe, expect, test } from 'vitest';
import type { Suite } from '../suite.ts';
import { timeOutBehind } from '../time-out-behind.ts';
import { openScriptBox, sharedScriptBox } from './script-box.ts';

/** Code that runs for ever, and that an interrupt ends with its variables kept. */
const endless: Readonly<Record<string, string>> = {
  'a busy loop': 'while (true);',
  'a busy loop that prints': 'while (true) console.log(1)',
  'a busy loop that catches': 'while (true) try { while (true); } catch {} finally {}',
  'a busy loop after await': 'await 1; while (true);',
  'a busy loop in a timer': 'setTimeout(() => { while (true); }, 1); await new Promise(() => {})',
  'a busy loop in an immediate': 'setImmediate(() => { while (true); }); await new Promise(() => {})',
  'a busy loop in an immediate behind another': 'setImmediate(() => {}); setImmediate(() => { while (true); }); 42',
  'a busy loop in a microtask': 'queueMicrotask(() => { while (true); }); await new Promise(() => {})',
  'a busy loop in a next tick': 'process.nextTick(() => { while (true); }); await new Promise(() => {})',
  'a busy loop in a callback': `require('node:fs').readFile('/etc/hostname', () => { while (true); }); await new Promise(() => {})`,
  'a busy loop in a function of a list': '[1, 2].sort(() => { while (true); })',
  'a busy loop in a way to be displayed': `({ [Symbol.for('nodejs.util.inspect.custom')]() { while (true); } })`,
  'a busy loop in a module': `require('node:fs').writeFileSync('loop.mjs', 'while (true);'); await import('./loop.mjs')`,
  'microtasks without end': 'while (true) await null',
  'timers without end': 'while (true) await new Promise((go) => setTimeout(go, 1))',
  'timers of promises without end': `import { setTimeout as wait } from 'node:timers/promises'\nwhile (true) await wait(1)`,
  'immediates without end': 'while (true) await new Promise(setImmediate)',
  'a promise that never resolves': 'await new Promise(() => {})',
  'a regular expression': `/^(a+)+$/.test('a'.repeat(40) + 'b')`,
  'Atomics.wait': 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  'a child that is waited for': `require('node:child_process').execSync('sleep 600')`,
  'a child that is awaited': `await new Promise((go) => require('node:child_process').spawn('sleep', ['600']).on('exit', go))`,
  'a child that ignores the interrupt': `require('node:child_process').execSync('trap "" INT; sleep 600')`,
  'a busy loop after prints that filled the stack': `function deep() { console.log(1); deep() }\ntry { deep() } catch {}\nwhile (true);`,
  'a busy loop after displays that filled the stack': `function deeper() { display(1); deeper() }\ntry { deeper() } catch {}\nwhile (true);`,
  'a busy loop after some on a stack that was all but full': `let left = 200
function deepest() {
  try { deepest() } catch {}
  if (left-- > 0) for (const end = Date.now() + 3; Date.now() < end;);
}
deepest()
while (true);`,
  'a stack that is never anything but full': 'function full() { try { full() } finally { full() } }\nfull()',
  'prints on a stack that is full again and again':
    'function again() { try { again() } catch { try { console.log(1) } catch {} again() } }\nagain()',
  'promises without end that are rejected and handled': 'for (;;) { Promise.reject(1).catch(() => {}); await null }',
  'many timers that do not end':
    'for (let n = 0; n < 2000; n++) setTimeout(() => { while (true); }); await new Promise(() => {})',
  'stacks made in another way': 'Error.prepareStackTrace = () => 5; Error.stackTraceLimit = 0; while (true);',
  'stacks that take long to make':
    'Error.prepareStackTrace = () => { for (const end = Date.now() + 40; Date.now() < end;); return "" }; while (true);',
  'stacks that cannot be made':
    'Error.prepareStackTrace = () => { throw 1 }; globalThis.Error = function () { throw 1 }; while (true);',
};

export function describeScriptEnds(suite: Suite): void {
  suite.topic('JavaScript: timeout and interrupt', () => {
    describe.concurrent('one after the other in one context, beside the other cases', () => {
      // None must leave anything that disturbs the next.
      const shared = sharedScriptBox(suite);
      test.for(Object.entries(endless))(
        '%s is interrupted, and its variables are kept',
        { concurrent: false },
        async ([name, code]) => {
          const js = shared();
          await js.run(`let kept = ${JSON.stringify(name)}`);
          const run = await js.run(code, { timeout: 200 });
          expect(run.error).toMatchObject({ ename: 'Quicksand.Timeout', evalue: expect.stringMatching(/200.*kept/) });
          expect(run.end).toMatchObject({ outcome: 'timeout', state: 'kept' });
          const after = 'await new Promise((go) => setTimeout(go, 5)); console.log(kept)';
          expect((await js.run(after)).order).toEqual([`stdout ${name}\n`]);
        },
      );
    });

    test.concurrent('the error says where the code was', async () => {
      const js = openScriptBox(suite);
      const code = `function spin() {\n  console.log('on'); while (true);\n}\n\nspin()`;
      const run = await timeOutBehind('on\n', (timeout) => js.run(code, { timeout }));
      expect(run.error).toMatchObject({ ename: 'Quicksand.Timeout', lineNumber: 2 });
      expect(run.error.traceback?.join('\n')).toMatch(/at spin \(<cell \d>:2:\d+\)\n {4}at <cell \d>:5:1\nQuicksand/);
    });

    test.concurrent('a child that begins while the interrupt is on its way does not hold it up', async () => {
      const js = openScriptBox(suite);
      await js.run('let kept = 1');
      for (let turn = 1; turn <= 6; turn++) {
        const stream = await js.start(`console.log('on'); require('node:child_process').execSync('sleep 600')`);
        await stream.until('on');
        await js.box.cancel(stream.executionId);
        const { end } = await stream.rest();
        expect([end.outcome, end.state], `turn ${turn}`).toEqual(['interrupted', 'kept']);
      }
      expect((await js.run('kept')).results[0]?.text).toBe('1');
    });

    test.concurrent('an interrupt of the context, again and again', async () => {
      const js = openScriptBox(suite);
      await js.run('let count = 0');
      const { id } = await js.box.defaultContext();
      for (let turn = 1; turn <= 10; turn++) {
        const stream = await js.start(`count++; console.log('on'); ${turn % 2 ? '' : 'await 1;'} while (true);`);
        await stream.until('on');
        expect(await js.box.interrupt(id)).toMatchObject({ interrupted: true });
        expect((await stream.rest()).end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
      }
      expect((await js.run('count')).results[0]?.text).toBe('10');
    });

    test.concurrent.for(['console.log', 'display'])('what %s told until it was stopped is told (R4)', async (tell) => {
      const js = openScriptBox(suite);
      await js.run('let count = 0');
      const { id } = await js.box.defaultContext();
      for (let turn = 1; turn <= 20; turn++) {
        const stream = await js.start(`count = 0; console.log('on'); for (;; count++) ${tell}(count)`);
        await stream.until('on');
        await js.box.interrupt(id);
        const { stdout, results } = await stream.rest();
        const told = stdout.split('\n').length - 2 + results.length;
        const done = Number((await js.run('count')).results[0]?.text);
        // It may have been stopped between the two.
        expect([done, done + 1], `turn ${turn}`).toContain(told);
      }
    });

    test.concurrent('code is stopped, and not what the kernel does behind it', async () => {
      const js = openScriptBox(suite);
      const slow = `for (const { _handle: one } of process._getActiveHandles()) if (one?.fd === 3) { const stop = one.readStop
one.readStop = () => { for (const end = Date.now() + 50; Date.now() < end;); return stop.call(one) } }`;
      await js.run(`let count = 0; ${slow}`);
      const code = `count++; console.log('on'); for (;;) count++`;
      const run = await timeOutBehind('on\n', (timeout) => js.run(code, { timeout }));
      expect(run.end).toMatchObject({ outcome: 'timeout', state: 'kept' });
      expect((await js.run('count > 0')).results[0]?.text).toBe('true');
    });

    test.concurrent('code is stopped, and not what Node does behind it', async () => {
      const js = openScriptBox(suite);
      // Each of these is called by Node alone; all of them take longer than between two attempts to stop what runs.
      const many = `for (let left = 20_000; left > 0; left--) setImmediate(Math.random); console.log('on'); for (;;);`;
      for (let turn = 1; turn <= 3; turn++) {
        const stream = await js.start(many);
        await stream.until('on');
        const { id } = await js.box.defaultContext();
        await js.box.interrupt(id);
        const { end } = await stream.rest();
        expect([end.outcome, end.state], `turn ${turn}`).toEqual(['interrupted', 'kept']);
      }
    });

    test.concurrent('what Node is about to load is loaded whole', async () => {
      const js = openScriptBox(suite);
      // Node asks for it while it loads what fetches.
      const slow = `Object.defineProperty(globalThis, Symbol.for('undici.globalDispatcher.1'), {
  configurable: true, get() { console.log('on'); for (const end = Date.now() + 200; Date.now() < end;); } }); 0`;
      await js.run(slow);
      const stream = await js.start(`fetch('data:,1'); for (;;);`);
      await stream.until('on');
      await js.box.cancel(stream.executionId);
      expect((await stream.rest()).end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
      expect((await js.run(`await (await fetch('data:,5')).text()`)).order).toEqual([`result '5'`]);
    });

    test.concurrent('a worker that never rests holds up neither the end nor what follows', async () => {
      const js = openScriptBox(suite);
      const code = `new (require('node:worker_threads').Worker)('while (true);', { eval: true }); await new Promise(() => {})`;
      const run = await js.run(code, { timeout: 1000 });
      expect([run.error.ename, run.end.outcome]).toEqual(['Quicksand.Timeout', 'timeout']);
      expect((await js.run(`console.log('own')`)).order).toEqual(['stdout own\n']);
    });

    test.concurrent('what a worker says after the end is told nobody (R6)', async () => {
      const js = openScriptBox(suite);
      await js.run(`const said = new Int32Array(new SharedArrayBuffer(4))
const speak = 'const { workerData } = require("node:worker_threads"); setInterval(() => { console.log("late"); Atomics.add(workerData, 0, 1) }, 1)'
new (require('node:worker_threads').Worker)(speak, { eval: true, workerData: said })
while (said[0] === 0) await new Promise((go) => setTimeout(go, 1))`);
      const own = `const before = said[0]; console.log('own')
while (said[0] < before + 3) await new Promise((go) => setTimeout(go, 1)); console.log('end')`;
      expect((await js.run(own)).order).toEqual(['stdout own\nend\n']);
    });

    test.concurrent('what stopped code waited for comes later, and nothing of it goes on in another execution (R6)', async () => {
      const js = openScriptBox(suite);
      await js.run(`const { once } = require('node:events'); const go = new (require('node:events'))()
require('node:fs').writeFileSync('waits.mjs', 'await globalThis.isOpen')
const opening = Promise.withResolvers(); globalThis.isOpen = opening.promise; 0`);
      const waiting = [
        `await once(go, 'go')`,
        `once(go, 'go')`,
        `({ async [Symbol.for('Jupyter.display')]() { return { 'text/plain': await once(go, 'go') } } })`,
        `await once(go, 'go'); throw new Error('of a stopped one')`,
        `import './waits.mjs'\nglobalThis.hasRun = true; let opened = 'by a stopped one'`,
      ];
      for (const code of waiting) expect((await js.run(code, { timeout: 200 })).end.outcome).toBe('timeout');
      const later = `go.emit('go', 'late'); opening.resolve(); await new Promise((done) => setTimeout(done, 20)); 'own'`;
      expect((await js.run(later)).order).toEqual([`result 'own'`]);
      expect((await js.run('[globalThis.hasRun, typeof opened].join()')).results[0]?.text).toBe(`',undefined'`);
    });

    test.concurrent('code in a folder that is gone meets no error but its own', async () => {
      const js = openScriptBox(suite);
      const wait = 'await new Promise((go) => setTimeout(go, 100))';
      await js.run(
        `const fs = require('node:fs'); fs.mkdirSync('gone'); process.chdir('gone'); fs.rmdirSync('../gone')`,
      );
      for (const n of [1, 2])
        expect((await js.run(`console.log(${n}); ${wait}; ${n}`)).order).toEqual([`stdout ${n}\n`, `result ${n}`]);
    });

    test.concurrent('a busy timer of another execution outlives an interrupt', async () => {
      const js = openScriptBox(suite);
      await js.run(
        'let turns = 0; setInterval(() => { const end = performance.now() + 4; while (performance.now() < end); turns++ }, 5); 0',
      );
      const waiting = 'await new Promise(() => {})';
      expect((await js.run(waiting, { timeout: 100 })).end).toMatchObject({ outcome: 'timeout', state: 'kept' });
      await js.run('const before = turns');
      const after = 'while (turns === before) await new Promise((go) => setTimeout(go, 5)); turns > before';
      expect((await js.run(after, { timeout: 10_000 })).results[0]?.text).toBe('true');
    });

    test.concurrent('a timer of another execution that does not give way is stopped', async () => {
      const js = openScriptBox(suite);
      await js.run('let spins = false; const timer = setInterval(() => { while (spins); }, 1); 0');
      const code = `spins = true; console.log('on'); await new Promise(() => {})`;
      const run = await timeOutBehind('on\n', (timeout) => js.run(code, { timeout }));
      expect(run.end).toMatchObject({ outcome: 'timeout', state: 'kept' });
      expect((await js.run('spins')).results[0]?.text).toBe('true');
    });

    test.concurrent.for([
      `for await (const _ of waits.setInterval(1)) turn()`,
      `for (;;) { await waits.setTimeout(1); turn() }`,
      `for (;;) { await waits.scheduler.wait(1); turn() }`,
      `for (;;) { await waits.scheduler.yield(); turn() }`,
      `for (;;) { await waits.setImmediate(); turn() }`,
    ])('a loop that waits for timers ends with its execution: %s', async (code) => {
      const js = openScriptBox(suite);
      const setUp = `const waits = require('node:timers/promises'); let turns = 0; const turn = () => { turns++ || console.log('on') }`;
      const run = await timeOutBehind('on\n', async (timeout) => {
        await js.run(setUp);
        return js.run(code, { timeout });
      });
      expect(run.end).toMatchObject({ outcome: 'timeout', state: 'kept' });
      const after = 'const before = turns; await new Promise((go) => setTimeout(go, 30)); [before > 0, turns - before]';
      expect((await js.run(after)).results[0]?.json).toEqual([true, 0]);
    });

    test.concurrent('a timeout ends the children and the timers of the execution, and no others (R6)', async () => {
      const js = openScriptBox(suite);
      await js.run(`let ticks = 0; setInterval(() => ticks++, 5); 0`);
      const code = `let dead = 0; setInterval(() => dead++, 1); require('node:child_process').spawn('sleep', ['601']); console.log('on'); while (true);`;
      await timeOutBehind('on\n', (timeout) => js.run(code, { timeout }));
      await js.run('globalThis.before = [dead, ticks]; 0');
      const after = `await new Promise((go) => setTimeout(go, 50)); [dead - before[0], ticks > before[1]]`;
      expect((await js.run(after)).results[0]?.json).toEqual([0, true]);
      expect((await js.box.run(`!pgrep -fx 'sleep 601'`)).stdout).toBe('');
    });
  });

  suite.topic('JavaScript: code that does not stop', () => {
    const stubborn: Readonly<Record<string, string>> = {
      'native code that never looks': `require('node:crypto').pbkdf2Sync('a', 'b', 2 ** 31 - 1, 64, 'sha512')`,
      'native code in a timer': `setTimeout(() => require('node:crypto').pbkdf2Sync('a', 'b', 2 ** 31 - 1, 64, 'sha512'), 1)\nawait new Promise(() => {})`,
    };
    test.concurrent.for(Object.entries(stubborn))(
      '%s is killed after 2 s, and the next execution works',
      async ([, code]) => {
        let js = openScriptBox(suite);
        const run = await timeOutBehind('before\n', async (timeout) => {
          js = openScriptBox(suite);
          await js.run(`const lost = 1; require('node:fs').writeFileSync('file', 'kept')`);
          return js.run(`console.log('before')\n${code}`, { timeout });
        });
        expect(run.stdout).toBe('before\n');
        expect(run.error).toMatchObject({ ename: 'Quicksand.Timeout', evalue: expect.stringContaining('lost') });
        expect(run.end).toMatchObject({ outcome: 'timeout', state: 'lost' });
        const next = await js.run(`[typeof lost, require('node:fs').readFileSync('file', 'utf8')].join()`);
        expect([next.results[0]?.text, next.end.execution_count]).toEqual([`'undefined,kept'`, 1]);
      },
    );

    test.concurrent('one that waits is cancelled without ever running', async () => {
      const js = openScriptBox(suite);
      const first = await js.start(`console.log('begun'); while (true);`);
      await first.until('begun');
      const second = await js.start(`require('node:fs').writeFileSync('/workspace/ran', '')`);
      await js.box.cancel(second.executionId);
      expect((await second.rest()).end).toMatchObject({ outcome: 'interrupted', execution_count: 0 });
      await js.box.cancel(first.executionId);
      expect((await first.rest()).end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
      expect((await js.run(`require('node:fs').existsSync('/workspace/ran')`)).results[0]?.text).toBe('false');
    });
  });

  suite.topic('JavaScript: deaths', () => {
    const deaths: Readonly<Record<string, readonly [string, string, RegExp]>> = {
      'process.exit()': [`process.exit(3)`, 'Quicksand.KernelExited', /status 3/],
      'process.exit() of a timer': [
        `setTimeout(() => process.exit(4), 1); await new Promise(() => {})`,
        'Quicksand.KernelExited',
        /status 4/,
      ],
      'process.abort()': ['process.abort()', 'Quicksand.KernelKilled', /SIGABRT/],
      'a signal': [
        `process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})`,
        'Quicksand.KernelKilled',
        /SIGKILL/,
      ],
      'a heap without end': [
        'const all = []; while (true) all.push(new Array(1000).fill(all.length))',
        'Quicksand.OutOfMemory',
        /memory/,
      ],
      'buffers without end': [
        'const all = []; while (true) all.push(Buffer.alloc(8e6, 1))',
        'Quicksand.OutOfMemory',
        /memory/,
      ],
      'bytes on the channel': [
        `require('node:fs').writeSync(3, 'nonsense nonsense'); await new Promise(() => {})`,
        'Quicksand.ProtocolViolation',
        /protocol/,
      ],
    };
    test.concurrent.for(Object.entries(deaths))(
      '%s has a name, and the next execution works',
      { timeout: 60_000 },
      async ([, [code, ename, evalue]]) => {
        const js = openScriptBox(suite);
        await js.run(`const lost = 1; require('node:fs').writeFileSync('file', 'kept')`);
        const run = await js.run(`console.log('before')\n${code}`, { timeout: 60_000 });
        expect(run.stdout).toBe('before\n');
        expect(run.error, JSON.stringify(run.summary)).toMatchObject({ ename, evalue: expect.stringMatching(evalue) });
        expect(run.end).toMatchObject({ outcome: 'killed', state: 'lost' });
        const next = await js.run(`[typeof lost, require('node:fs').readFileSync('file', 'utf8')].join()`);
        expect([next.results[0]?.text, next.end.execution_count]).toEqual([`'undefined,kept'`, 1]);
      },
    );

    test.concurrent('too many processes', async () => {
      const js = openScriptBox(suite);
      const run = await js.run(`const { spawn } = require('node:child_process')
const failed = []
for (let n = 0; n < 400; n++) spawn('sleep', ['60']).on('error', (e) => failed.push(e))
await new Promise((go) => setTimeout(go, 200))
if (failed.length) throw failed[0]`);
      expect(run.error.ename).toBe('Quicksand.TooManyProcesses');
      expect((await js.run('1 + 1')).results[0]?.text).toBe('2');
    });
  });
}
