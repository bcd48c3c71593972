import { expect, test } from 'vitest';
import type { Suite } from '../suite.ts';
import { openScriptBox, sharedScriptBox } from './script-box.ts';

const failing: Readonly<Record<string, readonly [string, Record<string, unknown>]>> = {
  'a built-in error': ['let a = 1\nnull.x', { ename: 'TypeError', evalue: /null/, lineNumber: 2 }],
  'a name that is not there': [
    '\n\nnowhere + 1',
    { ename: 'ReferenceError', evalue: 'nowhere is not defined', lineNumber: 3 },
  ],
  'a class of its own': [
    `class Odd extends Error {}\nthrow new Odd('why')`,
    { ename: 'Odd', evalue: 'why', lineNumber: 2 },
  ],
  'a name of its own': [
    `const e = new Error('m'); e.name = 'Mine'\nthrow e`,
    { ename: 'Mine', evalue: 'm', lineNumber: 1 },
  ],
  'an export that does not exist': [
    `\nimport { nothing } from 'node:fs'`,
    { ename: 'SyntaxError', lineNumber: 2, traceback: /^ {4}at <cell \d+>:2:1\nSyntaxError: .*'nothing'$/ },
  ],
  'a cause': [`throw new Error('outer', { cause: new Error('inner') })`, { evalue: 'outer', traceback: /inner/ }],
  several: [
    `throw new AggregateError([new Error('one'), new Error('two')], 'all')`,
    { ename: 'AggregateError', traceback: /one[\s\S]*two/ },
  ],
  'errors of others alone': [
    `\nconst no = async () => { throw new Error('no') }\nawait Promise.any([no(), no()])`,
    { ename: 'AggregateError', lineNumber: 2, traceback: /together with: Error: no\n/ },
  ],
  'a string thrown': [`\nthrow 'text'`, { ename: 'Uncaught', evalue: 'text', lineNumber: 2 }],
  'an object thrown after await': [
    `await 1\n\nthrow { code: 5 }`,
    { ename: 'Uncaught', evalue: '{ code: 5 }', lineNumber: 3 },
  ],
  'undefined thrown': ['throw undefined', { ename: 'Uncaught', evalue: 'undefined', lineNumber: 1 }],
  'after await': ['await null\nnull.x', { ename: 'TypeError', lineNumber: 2 }],
  'a promise that is the result': [
    `let p\nPromise.reject(new RangeError('r'))`,
    { ename: 'RangeError', evalue: 'r', lineNumber: 2 },
  ],
  'a promise that nobody handles': [
    `Promise.reject(new RangeError('r')); 5`,
    { ename: 'RangeError', evalue: 'r', lineNumber: 1 },
  ],
  'a promise that is awaited later': [
    `const p = Promise.reject(new Error('r'))\nawait p`,
    { evalue: 'r', lineNumber: 1 },
  ],
  'a timer': [
    `setTimeout(() => {\n  throw new Error('t') }, 1)\nawait new Promise((go) => setTimeout(go, 20))`,
    { evalue: 't', lineNumber: 2 },
  ],
  'an event': [`new (require('node:events'))().emit('error', new Error('e'))`, { evalue: 'e', lineNumber: 1 }],
  'a child that cannot be started': [
    `require('node:child_process').spawn('nosuch')\nawait new Promise(setImmediate); 1`,
    { ename: 'Error', evalue: 'spawn nosuch ENOENT' },
  ],
  'a microtask': [`queueMicrotask(() => { throw new Error('m') })\nawait 1\nawait 1`, { evalue: 'm', lineNumber: 1 }],
  'a next tick': [
    `process.nextTick(() => { throw new Error('n') })\nawait new Promise(setImmediate)`,
    { evalue: 'n', lineNumber: 1 },
  ],
  syntax: [
    'let ok = 1\nlet x = ;\nlet y',
    { ename: 'SyntaxError', evalue: `Unexpected token ';'`, lineNumber: 2, traceback: /let x = ;\n {8}\^/ },
  ],
  'syntax at the end': ['function f() {\n  1', { ename: 'SyntaxError', lineNumber: 2 }],
  'an end too early': ['let a = 1\nif (', { ename: 'SyntaxError', evalue: 'Unexpected end of input', lineNumber: 2 }],
  'a pattern without an end': [
    'const {',
    { ename: 'SyntaxError', evalue: 'Unexpected end of input', lineNumber: 1, traceback: /const \{\n {7}\^/ },
  ],
  'a constant without a value': [
    '\nconst c1;',
    { ename: 'SyntaxError', evalue: 'Missing initializer in const declaration', lineNumber: 2 },
  ],
  'a brace too many': ['1\n}', { ename: 'SyntaxError', evalue: `Unexpected token '}'`, lineNumber: 2 }],
  'a decorator': [
    '\n@sealed class A {}',
    { ename: 'SyntaxError', evalue: /decorators are not supported/, lineNumber: 2 },
  ],
  JSX: ['const a = <div>hi</div>', { ename: 'SyntaxError', evalue: /JSX is not supported/, lineNumber: 1 }],
  'a comparison of too little': ['const a = 1 <', { ename: 'SyntaxError', evalue: 'Unexpected end of input' }],
  'what cannot be disposed of': ['\nusing five = 5', { ename: 'TypeError', lineNumber: 2 }],
  'syntax below an import': [`import fs from 'node:fs'\nlet = 5 5`, { ename: 'SyntaxError', lineNumber: 2 }],
  'a wrong return': ['return 5', { ename: 'SyntaxError', lineNumber: 1 }],
  'JSON that is none': [`\nJSON.parse('{')`, { ename: 'SyntaxError', lineNumber: 2 }],
  'a stack without end': [
    'function deep() { deep() }\ndeep()',
    { ename: 'RangeError', evalue: /call stack/, lineNumber: 1 },
  ],
  'a message that throws': [
    `class Bad extends Error { get message() { throw 1 } get stack() { throw 2 } get name() { throw 3 } }\nthrow new Bad()`,
    { ename: 'Error' },
  ],
  'a name of the host': [
    `const e = new Error('x'); e.name = 'Quicksand.Timeout'; throw e`,
    { ename: 'user:Quicksand.Timeout' },
  ],
  'from a module': [
    `require('node:fs').writeFileSync('bad.cjs', 'module.exports = () => null.x')\nrequire('./bad.cjs')()`,
    { ename: 'TypeError', lineNumber: 2, traceback: /bad\.cjs:1:/ },
  ],
  'from far below': [
    `require('node:fs').writeFileSync('far.cjs', 'exports.go = (n) => n ? exports.go(n - 1) : null.x')\n\nrequire('./far.cjs').go(15)`,
    { ename: 'TypeError', lineNumber: 3, traceback: /far\.cjs:1:\d+\)\n {4}at <cell \d+>:3:22\n/ },
  ],
  'an error without a stack': [
    `Error.stackTraceLimit = 0\nconst bare = new Error('bare'); Error.stackTraceLimit = 10\nthrow bare`,
    { evalue: 'bare' },
  ],
  'stacks made in another way': [`Error.prepareStackTrace = () => 5\nnull.x`, { ename: 'TypeError' }],
};

export function describeScriptErrors(suite: Suite): void {
  suite.topic('JavaScript: errors', () => {
    const shared = sharedScriptBox(suite);

    test.for(Object.entries(failing))('%s', async ([, [code, expected]]) => {
      const run = await shared().run(code);
      expect(run.end, JSON.stringify(run.summary)).toMatchObject({ outcome: 'error', state: 'kept' });
      const error = run.errors[0]!;
      for (const [name, value] of Object.entries(expected)) {
        const seen = name === 'traceback' ? (error.traceback ?? []).join('\n') : error[name as 'ename'];
        if (value instanceof RegExp) expect(seen).toMatch(value);
        else expect(seen).toBe(value);
      }
      expect(error.traceback?.at(-1)).toBe(error.evalue === '' ? error.ename : `${error.ename}: ${error.evalue}`);
      expect(JSON.stringify(error.traceback)).not.toMatch(/quicksand\/|kernel\.cjs|__quicksand|node:vm/);
    });

    test.concurrent('places are those in the submitted code', async () => {
      const js = openScriptBox(suite);
      await js.run(`const c = 1; function thrower(x) { if (x) throw 'one'; null.x }`);
      const { error } = await js.run(`const { a } = { a: 1 }; class B {}; thrower(false)`);
      expect(error.traceback).toEqual([
        '    at thrower (<cell 1>:1:61)',
        '    at <cell 2>:1:37',
        `TypeError: Cannot read properties of null (reading 'x')`,
      ]);
      expect(error.lineNumber).toBe(1);
    });

    test.concurrent.for([
      `await Promise.reject(new Error('x'))`,
      `for await (const n of [1]) throw new Error('x')`,
      `await 1; const f = () => { throw new Error('x') }; f()\n`,
      `const f = () => { throw new Error('x') }; f(); await 1`,
    ])('%j: no frame is behind the code', async (code) => {
      const { error } = await openScriptBox(suite).run(code);
      expect(error).toMatchObject({ evalue: 'x', lineNumber: 1 });
      const places = error.traceback!.filter((line) => line.includes('at '));
      for (const line of places) expect(line).toContain('<cell 1>:1:');
      expect(places).not.toEqual([]);
    });

    test.concurrent.for([
      `const before = Error.prepareStackTrace; Error.prepareStackTrace = (_, sites) => sites; sites = new Error().stack; Error.prepareStackTrace = before`,
      `Error.prepareStackTrace = (_, sites) => sites; sites = new Error().stack; Error.prepareStackTrace = undefined`,
      `Error.prepareStackTrace = (_, sites) => sites; sites = new Error().stack; delete Error.prepareStackTrace`,
      `class Own extends Error {}; Error.prepareStackTrace = (_, sites) => sites; sites = new Error().stack; Own.prepareStackTrace = 1; delete Error.prepareStackTrace`,
      `class Mine extends Error {}; Mine.prepareStackTrace = 1; Error.prepareStackTrace = (_, sites) => sites; sites = new Error().stack; Error.prepareStackTrace = null`,
    ])('%s: stacks are what they were', async (code) => {
      const js = openScriptBox(suite);
      await js.run(code);
      expect((await js.run('typeof sites[0].getLineNumber()')).results[0]?.text).toBe(`'number'`);
      const { error } = await js.run(`const { a } = { a: 1 }; null.x`);
      expect(error.traceback?.slice(0, -1)).toEqual(['    at <cell 3>:1:30']);
    });

    test.concurrent('stacks that code prints have no frames of the kernel', async () => {
      const { stdout } = await openScriptBox(suite).run(`console.log(new Error('seen').stack)`);
      expect(stdout).toBe('Error: seen\n    at <cell 1>:1:13\n');
    });

    test.concurrent('an error of a timer that outlives its execution appears nowhere', async () => {
      const js = openScriptBox(suite);
      await js.run(
        `setTimeout(() => { throw new Error('late') }, 20); globalThis.late = new Promise((go) => setTimeout(go, 60))`,
      );
      expect((await js.run('await late; 1')).order).toEqual(['result 1']);
    });

    test.concurrent('what the user has for errors that nobody caught takes them, and gives them back', async () => {
      const js = openScriptBox(suite);
      const fail = `setTimeout(() => { throw new Error('t') }, 1); await new Promise((go) => setTimeout(go, 30))`;
      const own =
        await js.run(`process.setUncaughtExceptionCaptureCallback((e) => console.log('mine', e.message)); ${fail}
try { process.setUncaughtExceptionCaptureCallback(() => {}) } catch ({ code }) { console.log(code) }
process.setUncaughtExceptionCaptureCallback(null); process.hasUncaughtExceptionCaptureCallback()`);
      expect(own.stdout).toBe('mine t\nERR_UNCAUGHT_EXCEPTION_CAPTURE_ALREADY_SET\n');
      expect(own.results[0]?.text).toBe('false');
      expect((await js.run(fail)).error).toMatchObject({ evalue: 't', lineNumber: 1 });
      const domain =
        await js.run(`const domain = require('domain').create(); domain.on('error', (e) => console.log('domain', e.message))
const told = new Promise((go) => domain.on('error', go)); domain.run(() => setTimeout(() => { throw new Error('d') }, 1)); await told
typeof require('repl').start`);
      expect([domain.stdout, domain.results[0]?.text]).toEqual(['domain d\n', `'function'`]);
      expect((await js.run(fail)).error).toMatchObject({ evalue: 't', lineNumber: 1 });
    });

    test.concurrent('who takes errors that nobody caught takes promises that nobody handled, too, and hears which it is', async () => {
      const js = openScriptBox(suite);
      const fail = `setTimeout(() => { throw new Error('t') }, 1); Promise.reject(new Error('p')); Promise.reject(5)
await new Promise((go) => setTimeout(go, 30))`;
      const told = ['5 unhandledRejection', 'p unhandledRejection', 't uncaughtException'];
      const tell = (where: string): string =>
        `process.on('${where}', (e, origin) => console.log(e.message ?? e, origin))`;
      const monitored = await js.run(`${tell('uncaughtExceptionMonitor')}; ${fail}`);
      expect([monitored.stdout.trimEnd().split('\n').toSorted(), monitored.errors.length]).toEqual([told, 3]);
      const taken = await js.run(
        `process.removeAllListeners('uncaughtExceptionMonitor'); ${tell('uncaughtException')}; ${fail}`,
      );
      expect([taken.stdout.trimEnd().split('\n').toSorted(), taken.errors]).toEqual([told, []]);
      const captured = await js.run(
        `process.setUncaughtExceptionCaptureCallback((e) => console.log('mine', e.message ?? e)); ${fail}`,
      );
      expect(captured.stdout.trimEnd().split('\n').toSorted()).toEqual(['mine 5', 'mine p', 'mine t']);
    });

    test.concurrent('the test runner of Node tells why a test has failed, and hides no errors of other code', async () => {
      const js = openScriptBox(suite);
      const code = `const test = require('node:test'); await test('adds', () => { throw new RangeError('too far') })`;
      const told = (await js.run(code)).stdout;
      expect(told).toContain('\nnot ok 1 - adds\n');
      expect(told).toContain(`error: 'too far'\n`);
      const wait = `await new Promise((go) => setTimeout(() => { setImmediate(go); throw new Error('t') }, 1))`;
      for (let turn = 1; turn <= 2; turn++) {
        await js.run(`await test('again', () => {})`);
        expect((await js.run(wait)).error, `turn ${turn}`).toMatchObject({ evalue: 't', lineNumber: 1 });
        expect((await js.run(`Promise.reject(new Error('p')); 1`)).error).toMatchObject({ evalue: 'p', lineNumber: 1 });
      }
    });

    test.concurrent('handlers of the user for what nobody caught are called instead', async () => {
      const js = openScriptBox(suite);
      const run = await js.run(`process.on('uncaughtException', (e) => console.log('caught', e.message))
process.on('unhandledRejection', (e) => console.log('handled', e.message))
setTimeout(() => { throw new Error('t') }, 1); Promise.reject(new Error('p'))
await new Promise((go) => setTimeout(go, 30))`);
      expect([run.end.outcome, run.stdout.split('\n').toSorted()]).toEqual(['ok', ['', 'caught t', 'handled p']]);
    });
  });
}
