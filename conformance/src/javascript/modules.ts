import { expect, test } from 'vitest';
import { startCommand } from '../command-run.ts';
import type { Suite } from '../suite.ts';
import { openScriptBox, sharedScriptBox } from './script-box.ts';

const globals = [
  ...['fetch', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'AbortController', 'structuredClone', 'crypto'],
  ...['performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'Buffer', 'WebAssembly', 'Headers'],
  ...['Request', 'Response', 'FormData', 'Blob', 'ReadableStream', 'BroadcastChannel', 'MessageChannel', 'process'],
  ...['atob', 'btoa', 'Event', 'EventTarget', 'WebSocket', 'require', 'module', '__dirname', '__filename', 'console'],
];

const imports: Readonly<Record<string, readonly [string, string]>> = {
  'a default import': [`import path from 'node:path'\npath.sep`, `'/'`],
  'a namespace': [`import * as whole from 'node:path'\nwhole.sep`, `'/'`],
  'names, and other names for them': [`import { sep, join as put } from 'path'\nput('a', sep, 'b')`, `'a/b'`],
  both: [`import url, { URL as U } from 'node:url'\nnew U('http://a/b').pathname + typeof url.parse`, `'/bfunction'`],
  'several, used before': ['basename("/a/b")\nimport { basename } from "node:path"\nbasename("/a/b")', `'b'`],
  'import()': [`(await import('node:path')).sep`, `'/'`],
  'import() in a function': [`const load = (name) => import(name);\n(await load('node:path')).sep`, `'/'`],
  require: [`require('node:path').sep + require('os').EOL`, `'/\\n'`],
  'import.meta': [`import.meta.url.startsWith('file:///workspace/') && import.meta.dirname`, `'/workspace'`],
  'being the program': [
    `if (require.main === module) module.exports.ran = import.meta.main;\n[exports.ran, import.meta.main, module.require('./main.cjs'), (await import('./main.mjs')).default]`,
    `[ true, true, [ false, true ], false ]`,
  ],
  'being what was called': [
    `import { pathToFileURL } from 'node:url'
const isCalled = import.meta.url === pathToFileURL(process.argv[1]).href && process.argv[1] === __filename;
[isCalled, process.argv.length, import.meta === import.meta, Object.keys(import.meta).join()]`,
    `[ true, 2, true, 'dirname,filename,main,resolve,url' ]`,
  ],
  'import.meta.resolve': [
    `['./nowhere.js', '/x', 'fs', 'node:fs', 'http://a/b'].map(import.meta.resolve).join()`,
    `'file:///workspace/nowhere.js,file:///x,node:fs,node:fs,http://a/b'`,
  ],
  'for its effect': [`import './effect.mjs'\nglobalThis.effect`, '5'],
  'a relative file': [`import seven, { eight } from './own.mjs'\nseven + eight`, '15'],
  'CommonJS by import': [`import common from './common.cjs'\ncommon.nine`, '9'],
  JSON: [`import data from './data.json' with { type: 'json' }\ndata.list[1] + require('./data.json').list[0]`, '3'],
  'TypeScript by import': [`import { ten } from './typed.ts'\nten`, '10'],
  'a web assembly': [
    `new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))).exports`,
    '[Object: null prototype] {}',
  ],
  'a worker': [
    `import { Worker } from 'node:worker_threads'\nconst w = new Worker('require("node:worker_threads").parentPort.postMessage(6)', { eval: true })\nawait new Promise((got) => w.once('message', got))`,
    '6',
  ],
  'a worker from a URL of data': [
    `const { Worker: Thread } = require('node:worker_threads')
const thread = new Thread(new URL('data:text/javascript,import { parentPort } from "node:worker_threads"; parentPort.postMessage(7)'))
await new Promise((got) => thread.once('message', got))`,
    '7',
  ],
};

const files = `
const { writeFileSync } = require('node:fs')
writeFileSync('effect.mjs', 'globalThis.effect = 5')
writeFileSync('own.mjs', 'export default 7; export const eight = 8')
writeFileSync('common.cjs', 'module.exports = { nine: 9 }')
writeFileSync('data.json', '{"list": [1, 2]}')
writeFileSync('main.cjs', 'module.exports = [require.main === module, require.main.filename.startsWith(process.cwd())]')
writeFileSync('main.mjs', 'export default import.meta.main')
writeFileSync('typed.ts', 'export const ten: number = 10')
writeFileSync('broken.mjs', '\\nexport const x = ;')
writeFileSync('broken.cjs', '\\nexports.x = ;')
writeFileSync('broken.ts', 'export const x: number =\\n\\nexport enum')
writeFileSync('above.mjs', 'import "./broken.mjs"')
writeFileSync('fails.mjs', '\\n\\nthrow new RangeError("within")')
`;

export function describeScriptModules(suite: Suite): void {
  suite.topic('JavaScript: modules', () => {
    const shared = sharedScriptBox(suite);
    let written: Promise<unknown> | undefined;

    test.concurrent.for(Object.entries(imports))('%s', async ([, [code, text]]) => {
      await (written ??= shared().run(files));
      const run = await shared().run(code);
      expect(run.end.outcome, JSON.stringify(run.summary)).toBe('ok');
      expect(run.results[0]?.text).toBe(text);
    });

    test.concurrent.for([
      `const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')
if (isMainThread) {
  const worker = new Worker(__filename, { workerData: 20 })
  console.log(await new Promise((got) => worker.once('message', got)))
} else parentPort.postMessage(workerData + 1)`,
      `import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
if (!isMainThread) parentPort.postMessage(workerData + 1)
else new Worker(new URL(import.meta.url), { workerData: 20 }).once('message', (got) => console.log(got)).once('exit', exited.resolve)
await (isMainThread && exited.promise)`,
    ])('a worker runs the code that starts it: %s', async (code) => {
      const js = openScriptBox(suite);
      await js.run('const exited = Promise.withResolvers()');
      const run = await js.run(code);
      expect([run.stdout, run.errors]).toEqual(['21\n', []]);
    });

    test.concurrent('a child that is to run the code that starts it is told that it is no file', async () => {
      const { error } = await shared().run(`require('node:child_process').fork(__filename)`);
      expect(error).toMatchObject({ ename: 'Error', lineNumber: 1 });
      expect(error.evalue).toMatch(/cell-\d+\.js is no file/);
    });

    test.concurrent('what Node has globally is there', async () => {
      const missing = `${JSON.stringify(globals)}.filter((name) => typeof globalThis[name] === 'undefined')`;
      expect((await shared().run(missing)).results[0]?.json).toEqual([]);
    });

    test.concurrent.for([
      [`let a = 1\nimport x from './nowhere.mjs'`, 'Error', /nowhere/],
      [`import { nothing } from 'node:path'`, 'SyntaxError', /nothing/],
      [`\n\nrequire('nowhere')`, 'Error', /nowhere/],
      [`\nawait import('nowhere')`, 'Error', /nowhere/],
      [`let a = 1\nconst load = () => import('nowhere'); await load()`, 'Error', /nowhere/],
    ] as const)('%s fails by name and line', async ([code, ename, evalue]) => {
      const { error } = await shared().run(code);
      expect(error).toMatchObject({
        ename,
        evalue: expect.stringMatching(evalue),
        lineNumber: code.split('\n').length,
      });
      // What Node does to find a module tells nothing.
      if (code.includes('import')) expect(error.traceback?.join()).not.toMatch(/node:internal/);
    });

    test.concurrent.for([
      [`\nimport './broken.mjs'`, 'SyntaxError', /^ +at file:.*broken\.mjs:2\nexport const x = ;\n {17}\^\n/],
      [`\nawait import('./above.mjs')`, 'SyntaxError', /^ +at file:.*broken\.mjs:2\nexport const x = ;\n {17}\^\n/],
      [`\nimport './broken.ts'`, 'SyntaxError', /^ +at .*broken\.ts:3\nexport enum\n\^\n/],
      [`\nrequire('./broken.cjs')`, 'SyntaxError', /^ +at .*broken\.cjs:2\nexports.x = ;\n {12}\^\n/],
      [`\nimport './fails.mjs'`, 'RangeError', /^ +at file:.*fails\.mjs:3:7\n[^]* +at <cell \d+>:2:1\n/],
    ] as const)('%s fails, and tells the place in the module', async ([code, ename, told]) => {
      await (written ??= shared().run(files));
      const { error } = await shared().run(code);
      expect(error).toMatchObject({ ename, lineNumber: 2 });
      expect(error.traceback?.join('\n')).toMatch(told);
    });

    test.concurrent.for([
      [
        'busy.mjs',
        `console.log('on'); while (!globalThis.isFine); export const n = 5`,
        `(await import('./busy.mjs')).n`,
      ],
      [
        'busy.mjs',
        `console.log('on'); while (!globalThis.isFine); export const n = 5`,
        `import { n } from './busy.mjs'\nn`,
      ],
      [
        'wait.mjs',
        `console.log('on'); await (globalThis.isFine ?? new Promise(() => {})); export const n = 5`,
        `(await import('./wait.mjs')).n`,
      ],
      ['busy.cjs', `console.log('on'); while (!globalThis.isFine); exports.n = 5`, `require('./busy.cjs').n`],
      [
        'busy.cjs',
        `console.log('on'); while (!globalThis.isFine); exports.n = 5`,
        `(await import('./busy.cjs')).default.n`,
      ],
      [
        'none',
        '',
        `(await import("data:text/javascript,console.log('on'); while (!globalThis.isFine); export const n = 5")).n`,
      ],
    ] as const)('%s, stopped while it is loaded, is loaded anew: %s, %s', async ([file, text, code]) => {
      const js = openScriptBox(suite);
      await js.run(`require('node:fs').writeFileSync('${file}', ${JSON.stringify(text)})`);
      for (let turn = 1; turn <= 2; turn++) {
        const stream = await js.start(code);
        await stream.until('on');
        await js.box.cancel(stream.executionId);
        expect((await stream.rest()).end, `turn ${turn}`).toMatchObject({ outcome: 'interrupted', state: 'kept' });
      }
      await js.run('globalThis.isFine = true');
      expect((await js.run(code)).order).toEqual(['stdout on\n', 'result 5']);
      expect((await js.run(code)).order).toEqual(['result 5']);
    });

    test.concurrent('a package that npm has installed offline is there, by import and by require, and for commands', async () => {
      const js = openScriptBox(suite);
      const run = async (line: string): Promise<string> => {
        const { stdout, stderr, end } = await (await startCommand(suite.client, js.box, line)).rest();
        expect(end.exitCode, stderr).toBe(0);
        return stdout;
      };
      await run(`mkdir /tmp/p && cd /tmp/p && echo '{"name":"seven","version":"1.0.0","exports":{"import":"./m.mjs","require":"./c.cjs"}}' > package.json &&
        echo 'export default 7' > m.mjs && echo 'module.exports = 77' > c.cjs && npm pack --silent && cd /workspace &&
        npm install --offline --no-audit --no-fund --silent /tmp/p/seven-1.0.0.tgz`);
      expect(await run(`node --version; node -p 'require("seven")'`)).toMatch(/^v24\..*\n77\n$/);
      expect((await js.run(`import seven from 'seven'\nseven + require('seven')`)).results[0]?.text).toBe('84');
      const found = await js.run(
        `[import.meta.resolve('seven'), require.resolve('seven')].map((one) => one.slice(-5))`,
      );
      expect(found.results[0]?.json).toEqual(['m.mjs', 'c.cjs']);
    });
  });
}
