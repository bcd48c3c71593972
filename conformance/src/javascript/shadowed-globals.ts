import { expect, test } from 'vitest';
import type { Suite } from '../suite.ts';
import { type ScriptBox, type ScriptLanguage, openScriptBox } from './script-box.ts';

/** Names that the kernel, Node's own code and packages use. */
const names = [
  ...['process', 'Buffer', 'console', 'performance', 'setTimeout', 'setImmediate', 'clearTimeout', 'queueMicrotask'],
  ...['Object', 'Array', 'String', 'Number', 'Boolean', 'Symbol', 'BigInt', 'Function', 'Error', 'TypeError', 'RegExp'],
  ...['Math', 'JSON', 'Promise', 'Proxy', 'Reflect', 'Atomics', 'Set', 'Map', 'WeakMap', 'WeakSet', 'WeakRef', 'Date'],
  ...['ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Uint8Array', 'Int32Array', 'URL', 'TextDecoder', 'WebAssembly'],
  ...['SyntaxError', 'globalThis', 'global', 'AbortController', 'parseInt', 'isNaN', 'structuredClone'],
];

const kinds: Readonly<Record<string, (name: string) => string>> = {
  function: (name) => `function ${name}(x) { return 'mine' }`,
  class: (name) => `class ${name} { constructor() { this.items = {} } }`,
  let: (name) => `let ${name} = { max: 1, keys: 1 }`,
  const: (name) => `const ${name} = (x) => 'mine'`,
  var: (name) => `var ${name} = null`,
  import: (name) => `import { sep as ${name} } from 'node:path'`,
};
const languages: readonly ScriptLanguage[] = ['javascript', 'typescript'];
const contexts = languages.flatMap((language) => Object.keys(kinds).map((kind) => [language, kind] as const));

/** What must work, whatever globals were shadowed. */
const pieces: ReadonlyArray<readonly [code: string, text: string]> = [
  ['1 + 1', '2'],
  ['({ a: 1, b: [2] })', '{ a: 1, b: [ 2 ] }'],
  ['import fs, { existsSync } from "fs"\nexistsSync("/workspace")', 'true'],
  ['require("node:url").parse("http://a/b").pathname', `'/b'`],
  ['await (await fetch("data:,fetched")).text()', `'fetched'`],
  ['(await import("./shadow.mjs")).default + require("./shadow.cjs")', '15'],
  ['require("child_process").execSync("echo child").toString()', `'child\\n'`],
];

async function expectWhole(js: ScriptBox): Promise<void> {
  for (const [code, text] of pieces) {
    const run = await js.run(code);
    expect(run.end.outcome, JSON.stringify([code, run.summary])).toBe('ok');
    expect(run.results[0]?.text).toBe(text);
  }
  const { errors } = await js.run('let before = 1\n\nnull.x');
  expect(errors).toMatchObject([{ ename: 'TypeError', lineNumber: 3 }]);
  expect(errors[0]!.traceback?.[0]).toMatch(/^    at <cell \d+>:3:6$/);
  expect((await js.run('let fine = 1\nlet = = 2')).error).toMatchObject({ ename: 'SyntaxError', lineNumber: 2 });
  const late = await js.run(`const real = (0, eval)('this')
real.setTimeout(() => { throw new real.Error('late') }, 1)
await new real.Promise((go) => real.setTimeout(go, 30))
real.console.log('printed', [1], new real.Map([[1, { a: 2 }]]))`);
  expect(late.errors).toMatchObject([{ ename: 'Error', evalue: 'late', lineNumber: 2 }]);
  expect(late.stdout).toBe('printed [ 1 ] Map(1) { 1 => { a: 2 } }\n');
}

/** Code that uses names of its own that globals have, too, and what it gives. */
const uses: Readonly<Record<string, readonly [string, string]>> = {
  'in every position': [
    `const process = { env: 1 }, { performance, Map = 2 } = { performance: 3 };
let Set = 4; ({ Set } = { Set: 5 }); [Set] = [Set + 1]; Set++;
const of = { process, Map, Set: Set, performance() { return performance } };
process: for (;;) break process;
[process.env, Map, Set, of.process.env, of.Map, of.Set, of.performance(), \`\${Set}\`, typeof Set].join()`,
    `'1,2,7,1,2,7,3,7,number'`,
  ],
  'in scopes of their own': [
    `let URL = 1;
function inner() { return [URL2(), URL]; function URL2() { const URL = 2; return URL } }
[((URL) => URL)(3), inner(), (() => { { let URL = 4 } return URL })(), class URL { static own = URL }.own.name]`,
    `[ 3, [ 2, 1 ], 1, 'URL' ]`,
  ],
  'in blocks and parameters': [
    `let escape = 'top', structuredClone = 'top';
function block() { if (true) { function escape() {} } return typeof escape }
function strict() { 'use strict'; { function escape() {} } return typeof escape }
function parameter(a = structuredClone) { var structuredClone = 1; return [a, structuredClone] }
[block(), strict(), parameter(), escape]`,
    `[ 'function', 'string', [ 'top', 1 ], 'top' ]`,
  ],
  'the names of functions and classes': [
    `function Map() { return Map.name } class Set { who() { return Set.name } } const Date = () => 1; let Error = class {}; var Proxy = function () {};
[Map(), new Set().who(), Date.name, Error.name, Proxy.name, new Error()]`,
    `[ 'Map', 'Set', 'Date', 'Error', 'Proxy', Error {} ]`,
  ],
  'the names of what is assigned to them': [
    `let Buffer, URL, Set, escape = 1, { performance = () => {}, Map: Map = class {} } = {}, [Date = async () => Date] = [];
Buffer = function () {}; URL ||= () => Set = class {}; escape &&= (() => {}); (Set) ??= URL(); let [Blob] = [1], crypto = Buffer = () => {};
try { throw Blob = () => {} } catch {}
[Buffer, URL, Set, escape, performance, Map, Date, crypto, Blob].map(({ name }) => JSON.stringify(name)).join()`,
    `'"Buffer","URL","Set","escape","performance","Map","Date","Buffer","Blob"'`,
  ],
  'the global, from the name of its own': ['var Blob = globalThis.Blob.name; Blob', `'Blob'`],
  'what functions say that their code is': [
    `const URL = require('url').URL;
function work() {
  const { parentPort } = require('worker_threads');
  try { throw new URL('http://a').href } catch (thrown) { parentPort.postMessage(thrown) }
}
const worker = new (require('worker_threads').Worker)('(' + work + ')()', { eval: true });
const told = await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject));
const { toString } = Function.prototype;
[told, String(() => URL), (() => { throw told }) + '', (() => import('fs')).toString(), toString.name, toString.length, String(toString), 'prototype' in toString]`,
    `[
  'http://a/',
  '() => URL',
  '() => { throw (told) }',
  "() => import('fs')",
  'toString',
  0,
  'function toString() { [native code] }',
  false
]`,
  ],
  'a text with the invisible character': [
    `const Map = 1; String(() => 'URL\u200cs Maps\u200c ' + Map) === "() => 'URL\u200cs Maps\u200c ' + Map"`,
    'true',
  ],
  'after await': ['const Headers = await 5; await 1; Headers', '5'],
  'a function that is used before it is declared': [
    'fetch(1)\nfunction fetch(n) { return n > 3 ? n : fetch(n + 1) }\nfetch(1)',
    '4',
  ],
};

export function describeShadowedGlobals(suite: Suite): void {
  suite.topic('JavaScript: names of globals', () => {
    test.concurrent.for(contexts)(
      '%s: shadowed by %s, they are there for all but the code',
      async ([language, kind]) => {
        const js = openScriptBox(suite, language);
        const files = `require('fs').writeFileSync('shadow.mjs', 'export default new Map([[1, 7]]).get(1)')
require('fs').writeFileSync('shadow.cjs', 'module.exports = Object.keys(Array.from({ length: 8 })).length')`;
        await js.run(files);
        const run = await js.run(names.map(kinds[kind]!).join('\n'));
        expect(run.end.outcome, JSON.stringify(run.summary)).toBe('ok');
        await expectWhole(js);
      },
    );

    test.concurrent.for(Object.entries(uses))('%s', async ([, [code, text]]) => {
      const run = await openScriptBox(suite).run(code);
      expect(run.end.outcome, JSON.stringify(run.summary)).toBe('ok');
      expect(run.results[0]?.text).toBe(text);
    });

    test.concurrent('errors tell the name and the place that the code has', async () => {
      const js = openScriptBox(suite);
      await js.run('const crypto = {}');
      const { error } = await js.run('let a = [crypto]; crypto.nothing()');
      expect(error).toMatchObject({ evalue: 'crypto.nothing is not a function', lineNumber: 1 });
      expect(error.traceback?.[0]).toBe('    at <cell 2>:1:26');
      const caught = `try { crypto.nothing() } catch (error) { console.log(error.message, [error.message]); process.stderr.write(error.message); console.log('URL\u200cs') }`;
      const { stdout, stderr } = await js.run(caught);
      const message = 'crypto.nothing is not a function';
      expect({ stdout, stderr }).toEqual({ stdout: `${message} [ '${message}' ]\nURL\u200cs\n`, stderr: message });
      expect((await js.run('crypto = 5')).error.evalue).toBe('Assignment to constant variable.');
    });

    test.concurrent('globals that are assigned to are changed for packages, and not for what runs the code', async () => {
      const js = openScriptBox(suite);
      await js.run(
        `for (const name of ['Set', 'Map', 'String', 'Math', 'DataView', 'Uint8Array', 'Atomics', 'process', 'Buffer', 'Proxy', 'SyntaxError']) globalThis[name] = null`,
      );
      expect((await js.run('({ a: 1 })')).results[0]?.text).toBe('{ a: 1 }');
      expect((await js.run('\nnull.x')).error).toMatchObject({ ename: 'TypeError', lineNumber: 2 });
    });

    test.concurrent.for([
      'Array.prototype.map',
      'Array.prototype.filter',
      'Object.keys',
      'Atomics.load',
      'Map.prototype.get',
    ])('code that takes %s away from what runs it ends with an error or as it should', async (name) => {
      const js = openScriptBox(suite);
      const first = await js.run(`${name} = null; 1`);
      if (first.end.outcome === 'ok')
        expect(['ok', 'error', 'killed']).toContain((await js.run('({ a: 1 })')).end.outcome);
      else expect(first.errors[0]?.evalue).not.toBe('');
    });
  });
}
