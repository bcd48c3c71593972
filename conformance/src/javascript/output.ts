import { expect, test } from 'vitest';
import { openGate } from '../gate.ts';
import type { Suite } from '../suite.ts';
import { openScriptBox, sharedScriptBox, spinAtScriptGate, waitAtScriptGate } from './script-box.ts';

export function describeScriptOutput(suite: Suite): void {
  suite.topic('JavaScript: output', () => {
    const shared = sharedScriptBox(suite);

    test.concurrent.for([waitAtScriptGate, spinAtScriptGate])('text arrives while code runs (R1): %s', async (wait) => {
      const js = openScriptBox(suite);
      const stream = await js.start(`console.log('here')\n${wait}\nconsole.log('after')`);
      await stream.until('here');
      await openGate(js.box);
      expect((await stream.rest()).stdout).toBe('here\nafter\n');
    });

    test.concurrent('every way to write is in order (R2)', async () => {
      const run = await shared().run(`import { execSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
console.log('a %d', 1); console.error('b'); process.stdout.write('c\\n'); process.stderr.write(Buffer.from('d\\n'))
execSync('echo e', { stdio: 'inherit' }); console.info('f')
fs.writeSync(1, 'g\\n'); console.warn('h'); spawnSync('sh', ['-c', 'echo i >&2'], { stdio: 'inherit' }); console.log('j')
fs.writeFileSync('/dev/stdout', 'k\\n'); display(1); process.stdout.write('l')`);
      expect(run.order).toEqual([
        ...[
          'stdout a 1\n',
          'stderr b\n',
          'stdout c\n',
          'stderr d\n',
          'stdout e\nf\ng\n',
          'stderr h\ni\n',
          'stdout j\nk\n',
        ],
        ...['result 1', 'stdout l', 'result true'],
      ]);
    });

    test.concurrent('lines that were printed are not kept, also where code does not give way', async () => {
      const run = await openScriptBox(suite).run(`require('node:v8').setFlagsFromString('--expose-gc')
const gc = require('node:vm').runInNewContext('gc')
const used = () => (gc(), process.memoryUsage().heapUsed)
const before = used()
for (let n = 0; n < 100_000; n++) console.log(n)
used() - before`);
      expect(Number(run.results[0]?.text)).toBeLessThan(2_000_000);
    });

    test.concurrent.for(['console.log', 'display'])(
      'all that %s told until the stack was full is told (R4)',
      async (tell) => {
        const run = await openScriptBox(suite).run(`let count = 0
function deep() { ${tell}('deep'); count++; deep() }
try { deep() } catch (error) { console.error(error.name) }
console.error(count)`);
        const [name, count] = run.stderr.trim().split('\n');
        const told = run.stdout.split('\n').length - 1 + run.results.length;
        expect(name).toBe('RangeError');
        // The last one may have been told before the stack was full.
        expect([Number(count), Number(count) + 1]).toContain(told);
      },
    );

    test.concurrent('all that is told on a stack that stays all but full is told (R4)', async () => {
      const run = await openScriptBox(suite).run(`let [count, left] = [0, 80]
const tell = () => { console.log('deep'); count++ }
function deep() {
  tell()
  try { deep() } finally { if (left-- > 0) linger() }
}
function linger() {
  for (let n = 0; n < 40; n++) try { tell() } catch {}
  for (const end = Date.now() + 3; Date.now() < end;);
}
try { deep() } catch {}
count`);
      expect(run.stdout.split('\n').length - 1).toBe(Number(run.results[0]?.text));
    });

    test.concurrent('a child that is waited for is heard to its end, in order (R4)', async () => {
      const run = await shared().run(`import { spawn } from 'node:child_process'
console.log('before')
const child = spawn('sh', ['-c', 'for n in 1 2 3; do echo $n; done'], { stdio: 'inherit' })
await new Promise((go) => child.on('exit', go))
console.log('after')`);
      expect(run.stdout).toBe('before\n1\n2\n3\nafter\n');
    });

    test.concurrent('the output of a child that is not waited for is delivered when it comes', async () => {
      const js = openScriptBox(suite);
      await js.run(
        `globalThis.child = require('node:child_process').spawn('sh', ['-c', 'read x; echo $x'], { stdio: ['pipe', 'inherit', 'inherit'] }); 0`,
      );
      const run = await js.run(
        `child.stdin.end('heard\\n'); await new Promise((go) => child.on('close', go)); console.log('end')`,
      );
      expect(run.stdout).toBe('heard\nend\n');
    });

    test.concurrent('characters are whole, and what is none is replaced (R5)', async () => {
      const run = await shared().run(`for (const byte of Buffer.from('é😀')) process.stdout.write(Buffer.of(byte))
process.stdout.write('\\uD83D'); process.stdout.write(Buffer.of(0xff, 0x0a)); process.stdout.write('e9', 'hex'); console.log('x'.repeat(300_000))`);
      expect(run.stdout).toMatch(/^é😀\uFFFD\uFFFD\n\uFFFD?x{300000}\n\uFFFD?$/);
    });

    test.concurrent('the end of a timer is not heard in the next execution (R6)', async () => {
      const js = openScriptBox(suite);
      await js.run(`globalThis.late = new Promise((go) => setTimeout(() => { console.log('late'); go() }, 30)); 0`);
      expect((await js.run(`await late; console.log('own')`)).stdout).toBe('own\n');
    });

    test.concurrent('what is done to the streams costs nobody the next text', async () => {
      const js = openScriptBox(suite);
      await js.run(`process.stdout.end('last\\n'); process.stdout.destroy(); process.stderr.end()`);
      expect((await js.run(`console.log('still')`)).stdout).toBe('still\n');
      await js.run(
        `require('node:stream').Readable.from(['piped\\n']).pipe(process.stdout); await new Promise((go) => setTimeout(go, 10))`,
      );
      await js.run(
        `console.log = () => {}; JSON.stringify = () => '!'; Buffer.from = null; globalThis.setImmediate = null; Promise.prototype.then = null`,
      );
      expect((await js.run(`process.stdout.write('even now\\n'); 1`)).stdout).toBe('even now\n');
    });

    test.concurrent('what is piped into them has an end', async () => {
      const js = openScriptBox(suite);
      const code = `const { Readable } = require('node:stream'); const { pipeline } = require('node:stream/promises')
for (const n of [1, 2]) await pipeline(Readable.from([n + '\\n']), process.stdout)
for (let n = 0; n < 20; n++) await pipeline(Readable.from(['.']), process.stdout)
'end'`;
      expect((await js.run(code)).order).toEqual([`stdout 1\n2\n${'.'.repeat(20)}`, `result 'end'`]);
    });

    test.concurrent('much text comes whole', async () => {
      const run = await openScriptBox(suite).run('for (let i = 0; i < 20000; i++) console.log(i)');
      expect(run.stdout).toBe(Array.from({ length: 20_000 }, (_, n) => `${n}\n`).join(''));
    });

    test.concurrent('there is no keyboard: what reads is at the end, each time anew', async () => {
      const js = openScriptBox(suite);
      const code = `const lines = []; process.stdin.on('end', () => lines.push('end'))
for await (const line of require('node:readline').createInterface({ input: process.stdin })) lines.push(line)
for await (const chunk of process.stdin) lines.push(chunk)
lines`;
      for (const _ of [1, 2]) expect((await js.run(code)).results[0]?.json).toEqual(['end']);
      expect((await js.run(`require('node:fs').readFileSync(0, 'utf8')`)).results[0]?.text).toBe(`''`);
    });

    test.concurrent.for([
      `await require('node:readline/promises').createInterface({ input: process.stdin, output: process.stdout }).question('Name? ')`,
      `await new Promise((go) => require('node:readline').createInterface({ input: process.stdin }).question('Name? ', go))`,
      `const asking = require('node:readline').createInterface({ input: process.stdin })
await require('node:util').promisify(asking.question).call(asking, 'Name? ')`,
    ])('a question fails at once: %s', async (code) => {
      const { error, end } = await openScriptBox(suite).run(code);
      expect(error).toMatchObject({ ename: 'Error', evalue: expect.stringContaining('nobody sits at a keyboard') });
      expect([error.lineNumber, end.outcome]).toEqual([code.split('\n').length, 'error']);
    });

    test.concurrent('an answer that comes from elsewhere is waited for', async () => {
      const code = `const input = require('node:stream').Readable.from(['Ann\\n'])
await require('node:readline/promises').createInterface({ input, output: process.stdout }).question('Name? ')`;
      expect((await shared().run(code)).order).toEqual(['stdout Name? ', `result 'Ann'`]);
    });

    test.concurrent('a handler of a signal speaks for the execution during which it is called (R6)', async () => {
      const js = openScriptBox(suite);
      const heard = `globalThis.heard = Promise.withResolvers(); process.kill(process.pid, 'SIGUSR2'); await heard.promise`;
      await js.run(`process.on('SIGUSR2', (name) => { console.log('heard', name); heard.resolve() })`);
      for (const _ of [1, 2]) expect((await js.run(heard)).order).toEqual(['stdout heard SIGUSR2\n']);
    });

    test.concurrent('bytes of any view are written', async () => {
      const code = `const word = new TextEncoder().encode('<whole>'); const { buffer } = word
for (const view of [word, new Uint8ClampedArray(buffer, 1, 3), new DataView(buffer, 4, 2), new Uint16Array([0x6261])]) process.stdout.write(view)`;
      expect((await shared().run(code)).stdout).toBe('<whole>wholeab');
    });

    test.concurrent('warnings tell their codes and details', async () => {
      const code = `process.emitWarning('old', { type: 'DeprecationWarning', code: 'D1', detail: 'new' }); await 1`;
      expect((await shared().run(code)).stderr).toBe('(node) [D1] DeprecationWarning: old\nnew\n');
    });
  });
}
