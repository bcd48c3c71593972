import { expect, test } from 'vitest';
import type { Suite } from '../suite.ts';
import { openScriptBox, sharedScriptBox } from './script-box.ts';

const kinds: Readonly<Record<string, (name: string, value: number) => string>> = {
  const: (name, value) => `const ${name} = ${value}`,
  let: (name, value) => `let ${name} = ${value}`,
  var: (name, value) => `var ${name} = ${value}`,
  function: (name, value) => `function ${name}() { return ${value} }`,
  class: (name, value) => `class ${name} { static value = ${value} }`,
  import: (name) => `import { sep as ${name} } from 'node:path'`,
};
const pairs = Object.keys(kinds).flatMap((first) => Object.keys(kinds).map((second) => [first, second] as const));
const valueOf = (name: string): string =>
  `typeof ${name} === 'function' ? ${name}.value ?? ${name}() : ${name} === '/' ? 2 : ${name}`;

/** Code that must give a result, whatever was declared before. */
const pieces: Readonly<Record<string, readonly [string, string]>> = {
  'an object at the start': ['{ a: 1, b: [2] }', '{ a: 1, b: [ 2 ] }'],
  'an empty object': ['{}', '{}'],
  'a block at the start': ['{ let inner = 4; inner + 1; }', ''],
  'statements without semicolons': ['let one = 1\nlet two = 2\n;[one, two] = [two, one]\none', '2'],
  'a name alone before a bracket': ['let alone\n[1, 2].length', '2'],
  'a first line for the system': ['#!/usr/bin/env node\n7', '7'],
  'strict code': [`'use strict'\nlet strict = (function () { return this })()\nstrict === undefined`, 'true'],
  'a last expression with a semicolon': ['6 * 7;', '42'],
  'a comment behind it': ['6 * 7 // six\n/* seven */', '42'],
  'a declaration last': ['5; let last = 6', ''],
  'an assignment': ['assigned = 3', '3'],
  undefined: ['void 0', ''],
  null: ['null', 'null'],
  'a promise': ['new Promise((done) => setTimeout(done, 1, 8))', '8'],
  'await at the top': ['(await Promise.resolve(4)) + (await 1)', '5'],
  'for await': ['const seen = []\nfor await (const n of [1, Promise.resolve(2)]) seen.push(n)\nseen', '[ 1, 2 ]'],
  'await and declarations of all kinds': [
    'const { a1, b1: [c1] } = await { a1: 1, b1: [2] }; let d1 = 3; var e1 = await 4; class F1 {}; function g1() { return c1 }\n[a1, c1, d1, e1, new F1(), g1()]',
    '[ 1, 2, 3, 4, F1 {}, 2 ]',
  ],
  'var in a loop': ['for (var turn = 0; turn < 3; turn++) { var within = turn }\n[turn, within]', '[ 3, 2 ]'],
  'var with patterns': [
    `var { x1, ...rest1 } = { x1: 1, y1: 2 }, [z1 = 3] = [];\n[x1, rest1, z1]`,
    '[ 1, { y1: 2 }, 3 ]',
  ],
  'functions before they are declared': ['hoisted()\nfunction hoisted() { return 9 }\nhoisted()', '9'],
  generators: ['async function* many() { yield 1 }\nfor await (const n of many()) var got = n\ngot', '1'],
  exports: ['export const exported = 1\nexport default exported + 1', '2'],
  'a variable before a constant': [
    'let varies = 1; class Replaced {}; const fixed = 2\nvaries = 3; Replaced = 4; [varies, Replaced, fixed]',
    '[ 3, 4, 2 ]',
  ],
  'an object in parentheses behind an await': ['const awaited = await 1;\n({ awaited }) // shown', '{ awaited: 1 }'],
  'a default export in parentheses': ['const doubled = 2 * 4\nexport default (doubled + 1)', '9'],
  'this at the top': ['this === globalThis', 'true'],
  'functions of blocks': [
    `const before = typeof inBlock
if (true) { inBlock(); function inBlock() { return 1 } }
switch (inBlock()) { case 1: function inSwitch() { return 2 } }
let apart = 3; { function apart() {} }
function both() { return 4 } { function both() { return 5 } }
[before, inBlock(), inSwitch(), apart, both()].join()`,
    `'undefined,1,2,3,5'`,
  ],
  'functions of blocks beside an await': ['await 1; try { function inTry() { return 6 } } catch {}\ninTry()', '6'],
  'texts of functions': [
    `function told(a) { return a }; async function* many() {}; const arrow = () => 1;
[told, many, arrow, function () {}, { method() {} }.method].map(String).join(';')`,
    `'function told(a) { return a };async function* many() {};() => 1;function () {};method() {}'`,
  ],
  'a function that runs elsewhere by its text': [
    `function double(n) { return 2 * n }
new Function(double + '; return double(4)')()`,
    '8',
  ],
  'names of functions and classes': [
    'const arrow = () => {}; class Named {}\n[arrow.name, Named.name]',
    `[ 'arrow', 'Named' ]`,
  ],
  "a name of the language's own": ['const URL = 1;\n[URL, typeof globalThis.URL]', `[ 1, 'function' ]`],
  'using at the top': [
    `const log = []; const open = (n) => ({ n, [Symbol.dispose]() { log.push(n) } })
using one = open(1), two = open(2); using none = null; function seen() { return one.n + two.n }
log.push(seen()); log.length`,
    '1',
  ],
  'await using at the top': [
    `await using last = { async [Symbol.asyncDispose]() { await 1; globalThis.isClosed = true } }\nglobalThis.isClosed = false`,
    'false',
  ],
  CRLF: ['let crlf = 1\r\ncrlf + 1', '2'],
};

export function describeScriptState(suite: Suite): void {
  suite.topic('JavaScript: state', () => {
    const shared = sharedScriptBox(suite);

    test.concurrent('variables, functions, classes and the folder are kept', async () => {
      const js = openScriptBox(suite);
      await js.run(
        `const a = 1; let b = 2; var c = 3; function f() { return a + b }; class D { e = f() }; process.chdir('/tmp')`,
      );
      expect((await js.run('[a, b, c, new D().e, process.cwd()]')).results[0]?.json).toEqual([1, 2, 3, 3, '/tmp']);
      expect((await js.run('b = 10; f()')).results[0]?.text).toBe('11');
    });

    test.concurrent.for(pairs)('%s, then %s of the same name', async ([first, second]) => {
      const name = `${first}_then_${second}`;
      for (const [at, kind] of [first, second].entries()) {
        const run = await shared().run(kinds[kind]!(name, at + 1));
        expect(run.end.outcome, JSON.stringify(run.summary)).toBe('ok');
        expect(run.results).toEqual([]);
      }
      expect((await shared().run(valueOf(name))).results[0]?.text).toBe('2');
    });

    test.concurrent.for([
      'let twice = 1; let twice = 2',
      'const twice = 1; var twice = 2',
      'class twice {}; function twice() {}',
      `import twice from 'node:fs'; const twice = 1`,
    ])('%s is an error within one piece of code', async (code) => {
      const { error } = await shared().run(code);
      expect(error).toMatchObject({ ename: 'SyntaxError', evalue: expect.stringContaining('twice'), lineNumber: 1 });
    });

    test.concurrent.for(Object.entries(pieces))('%s', async ([, [code, text]]) => {
      const run = await shared().run(code);
      expect(run.end.outcome, JSON.stringify(run.summary)).toBe('ok');
      expect(run.results.map((result) => result.text)).toEqual(text === '' ? [] : [text]);
    });

    test.concurrent.for([
      'constant = 2',
      'constant++',
      '[constant] = [2]',
      '({ constant } = { constant: 2 })',
      'for (constant of [2]);',
    ])('a constant stays one in later code: %s', async (code) => {
      const js = openScriptBox(suite);
      await js.run('const constant = 1');
      expect((await js.run(code)).error).toMatchObject({
        ename: 'TypeError',
        evalue: 'Assignment to constant variable.',
      });
      expect((await js.run('{ let constant = 5; constant = 6 }\nconstant')).results[0]?.text).toBe('1');
      expect((await js.run('let constant = 2; constant = 3; constant')).results[0]?.text).toBe('3');
    });

    test.concurrent('functions of blocks are kept, may be declared again, and are no globals', async () => {
      const js = openScriptBox(suite);
      const kept =
        '[again(), typeof (globalThis.again ?? globalThis.alone ?? globalThis.labeled), isMine(process)].join()';
      for (const wait of ['', 'await 1;']) {
        const code = `${wait} const isMine = (given) => given.name === 'process' && given !== globalThis.process
if (true) { function again() { return 1 } function process() {} }
if (true) function alone() {}
label: function labeled() {}`;
        await js.run(code);
        expect((await js.run(kept)).results[0]?.text).toBe(`'1,undefined,true'`);
        for (const declaration of ['const again = () => 2', 'class again {}', 'let again, alone, labeled', code])
          expect((await js.run(declaration)).end.outcome, declaration).toBe('ok');
      }
      expect((await js.run(`require('node:path').resolve('x')`)).results[0]?.text).toBe(`'/workspace/x'`);
    });

    test.concurrent('what is used is disposed of where the code ends, in reverse, and however it ends', async () => {
      const js = openScriptBox(suite);
      await js.run(`const log = []; const open = (n) => ({ [Symbol.dispose]() { log.push(n) } })`);
      await js.run(`using a = open(1), b = open(2); log.push('ran')`);
      await js.run(
        `await using c = { async [Symbol.asyncDispose]() { await 1; log.push(3) } }; using a = open(4); null.x`,
      );
      expect((await js.run('log')).results[0]?.json).toEqual(['ran', 2, 1, 4, 3]);
    });

    test.concurrent('code with a syntax error has no effect; code that fails has that of what came before', async () => {
      const js = openScriptBox(suite);
      await js.run('var x = 1');
      await js.run('x = 2\nlet y = = 3');
      await js.run('x = x + 10\nnull.z\nx = 0');
      expect((await js.run('x')).results[0]?.text).toBe('11');
    });

    test.concurrent('contexts of one sandbox share files and nothing else', async () => {
      const js = openScriptBox(suite);
      const { id: contextId } = await js.box.createContext({ language: 'javascript' });
      await js.run(`globalThis.secret = 1; Object.prototype.polluted = 1; Array.prototype.at = () => 'patched'
        require('node:os').secret = 1; process.env.SECRET = '1'; require('node:fs').writeFileSync('file', 'shared')`);
      const seen = `[typeof secret, ({}).polluted, [7].at(0), require('node:os').secret, process.env.SECRET, require('node:fs').readFileSync('file', 'utf8')].join()`;
      expect((await js.run(seen, { contextId })).results[0]?.text).toBe(`'undefined,,7,,,shared'`);
      const python = `open('file').read(), open('from_python', 'w').write('x')`;
      expect((await js.box.run(python)).results[0]?.text).toBe(`('shared', 1)`);
      expect((await js.run(`require('node:fs').readFileSync('from_python', 'utf8')`)).results[0]?.text).toBe(`'x'`);
    });

    test.concurrent('envVars, cwd, restart', async () => {
      const { box } = openScriptBox(suite);
      const { id: contextId, language } = await box.createContext({
        language: 'javascript',
        cwd: '/tmp',
        envVars: { A: '1' },
      });
      expect(language).toBe('javascript');
      const seen = '[process.cwd(), process.env.A, process.env.B].join()';
      expect((await box.run(seen, { contextId, envVars: { B: '2' } })).results[0]?.text).toBe(`'/tmp,1,2'`);
      expect((await box.run(seen, { contextId })).results[0]?.text).toBe(`'/tmp,1,'`);
      await box.run('let x = 1', { contextId });
      await box.restart(contextId);
      const after = await box.run('typeof x', { contextId });
      expect([after.results[0]?.text, after.end.execution_count]).toEqual([`'undefined'`, 1]);
      await expect(box.createContext({ language: 'javascript', cwd: '/no/such' })).rejects.toMatchObject({
        code: 'cwd_unusable',
      });
    });

    test.concurrent.for([
      ['js', 'javascript'],
      ['node', 'javascript'],
      ['ts', 'typescript'],
    ] as const)('%s is another name of %s', async ([name, language]) => {
      const { box } = openScriptBox(suite);
      const run = await box.run('1 + 1', { language: name as 'javascript' });
      expect(run.results[0]?.text).toBe('2');
      expect((await box.defaultContext()).language).toBe(language);
    });
  });
}
