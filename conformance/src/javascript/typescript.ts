import { expect, test } from 'vitest';
import type { Suite } from '../suite.ts';
import { timeOutBehind } from '../time-out-behind.ts';
import { openScriptBox, sharedScriptBox } from './script-box.ts';

const pieces: Readonly<Record<string, readonly [string, string]>> = {
  types: [
    `interface Point { x: number; y?: string }\ntype Id<T> = T\nconst p: Id<Point> = { x: 1 }\np.x as number`,
    '1',
  ],
  generics: [
    `function first<T extends { n: number }>(list: T[]): T | undefined { return list[0] }\nfirst([{ n: 4 }])!.n`,
    '4',
  ],
  'generic arrows': [`const same = <T,>(v: T): T => v\nsame<number>(5)`, '5'],
  enums: [`enum Color { Red, Green = 5, Blue }\n[Color.Blue, Color[5]]`, `[ 6, 'Green' ]`],
  'constant enums': [`const enum Flag { On = 1 }\nFlag.On`, '1'],
  namespaces: [
    `namespace Shapes { export const sides = 4; export namespace Deep { export const n = 1 } }\nShapes.sides + Shapes.Deep.n`,
    '5',
  ],
  'namespaces that are exported': [`export namespace Shown { export const sides = 6 }\nShown.sides`, '6'],
  'parameter properties': [
    `class Sum { constructor(private a: number, readonly b = 2) {} get all() { return this.a + this.b } }\nnew Sum(1).all`,
    '3',
  ],
  satisfies: [`({ a: 1 }) satisfies { a: number }`, '{ a: 1 }'],
  'type-only imports': [
    `import type { Stats } from 'node:fs'\nimport { type URL, pathToFileURL } from 'node:url'\npathToFileURL('/a').href`,
    `'file:///a'`,
  ],
  'abstract classes and modifiers': [
    `abstract class A { protected abstract n(): number; declare z: string }\nclass B extends A { override n(): number { return 7 } }\nnew B().n()`,
    '7',
  ],
  overloads: [
    `function over(a: string): string\nfunction over(a: number): number\nfunction over(a: any) { return a }\nover(6)`,
    '6',
  ],
  'declarations without code': [`declare const nothing: number\ndeclare module 'x' {}\n8`, '8'],
  'await at the top': [`const n: number = await Promise.resolve(9)\nn`, '9'],
  'an object at the start': ['{ a: 1 as number }', '{ a: 1 }'],
};

const failing: Readonly<Record<string, readonly [string, Record<string, unknown>]>> = {
  syntax: ['let a: number = 1\nlet y: = 3', { ename: 'SyntaxError', lineNumber: 2 }],
  'syntax of JavaScript': ['type A = 1\n\nlet x = ;', { ename: 'SyntaxError', lineNumber: 3 }],
  'an end too early': [
    'let a: number = 1\nif (',
    { evalue: 'Unexpected end of input', lineNumber: 2, traceback: ['    at <cell N>:2:5', 'if (', '    ^'] },
  ],
  'a decorator': [
    'class A {\n  @dec x: number }',
    { evalue: expect.stringMatching(/decorators are not/), lineNumber: 2 },
  ],
  JSX: [
    'let a: number = 1\nconst b = <div/>',
    { evalue: expect.stringMatching(/JSX is not supported/), lineNumber: 2 },
  ],
  'JSX with text': [
    `const a: number = 1\nfunction A() { return <p className='b'>don't {a}</p> }`,
    { evalue: expect.stringMatching(/JSX is not supported/), lineNumber: 2 },
  ],
  'text that looks like JSX': [`const s = '<b>x</b>' oops;`, { evalue: 'Expected a semicolon' }],
  'code behind text that looks like JSX': [`const q = "a<br/>b"; const x = ;`, { evalue: 'Expression expected' }],
  'code behind a pattern that looks like JSX': [`const q = /<br\\/>/; const x = ;`, { evalue: 'Expression expected' }],
  'code in front of a comment that looks like JSX': [
    `\`<b>\n\`; const x = ; // </b>`,
    { evalue: 'Expression expected' },
  ],
  'below types': [`interface A {\n  x: number\n}\nconst a: A = null!\na.x`, { ename: 'TypeError', lineNumber: 5 }],
  'below an enum': [`enum E {\n  A,\n  B,\n}\nconst n: number = E.A\nnull!.x`, { ename: 'TypeError', lineNumber: 6 }],
  'syntax below an enum': [
    `enum E { A }\nlet b = 2;\nlet b = 3;`,
    { ename: 'SyntaxError', lineNumber: 3, traceback: ['    at <cell N>:3:5', 'let b = 3;', '    ^'] },
  ],
  'syntax below a parameter property': [
    `class P { constructor(public a: number) {} }\nlet b = 2;\nlet b: number = 3;`,
    { ename: 'SyntaxError', lineNumber: 3, traceback: ['    at <cell N>:3:5', 'let b: number = 3;', '    ^'] },
  ],
  'syntax below a namespace': [
    `namespace N { export const v = 1 }\nlet q = 1; let q = 2`,
    {
      ename: 'SyntaxError',
      lineNumber: 2,
      traceback: ['    at <cell N>:2:16', 'let q = 1; let q = 2', `${' '.repeat(15)}^`],
    },
  ],
  'an import below an enum': [
    `enum E { A }\n\n\nimport './nowhere.mjs'`,
    { evalue: expect.stringContaining('nowhere'), lineNumber: 4 },
  ],
  'in a method of a class with parameter properties': [
    `class P {\n  constructor(private n: number) {}\n\n  fail(): void {\n    throw new RangeError('f')\n  }\n}\nnew P(1).fail()`,
    { ename: 'RangeError', lineNumber: 5 },
  ],
};

export function describeTypeScript(suite: Suite): void {
  suite.topic('TypeScript', () => {
    const shared = sharedScriptBox(suite, 'typescript');

    test.concurrent.for(Object.entries(pieces))('%s', async ([, [code, text]]) => {
      const run = await shared().run(code);
      expect(run.end.outcome, JSON.stringify(run.summary)).toBe('ok');
      expect(run.results[0]?.text).toBe(text);
    });

    test.concurrent.for(Object.entries(failing))('%s fails in the right line', async ([, [code, expected]]) => {
      const { traceback = [], ...error } = (await shared().run(code)).error;
      const lines = traceback.slice(0, -1).map((line) => line.replace(/<cell \d+>/, '<cell N>'));
      expect({ ...error, traceback: lines }).toMatchObject(expected);
    });

    test.concurrent('state is kept, types are free, and stacks that code prints have its own lines', async () => {
      const ts = openScriptBox(suite, 'typescript');
      await ts.run('enum Level { Low = 1 }\nlet level: Level = Level.Low');
      await ts.run('let level: string = "high"');
      const run = await ts.run('enum Other { A }\n\nconsole.log(new Error(level).stack)');
      expect(run.stdout).toBe('Error: high\n    at <cell 3>:3:13\n');
    });

    test.concurrent('code that is nested too deeply is refused, and says what becomes of the context', async () => {
      const ts = openScriptBox(suite, 'typescript');
      const deep = await ts.run(`let a: number = ${'1+'.repeat(20_000)}1`);
      expect(deep.error).toMatchObject({ ename: 'SyntaxError', evalue: 'Not enough stack space to parse input' });
      expect((await ts.run('let b: number = 2; b')).results[0]?.text).toBe('2');
      const code = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
      for (const next of [code, '1'])
        expect((await ts.run(next)).error.evalue).toMatch(/^Not enough stack space.*cannot parse TypeScript.*restart/);
      await ts.box.restart((await ts.box.defaultContext()).id);
      expect((await ts.run('let c: number = 3; c')).results[0]?.text).toBe('3');
    });

    test.concurrent('enums and namespaces are declared again as whatever kind, and merge within one piece of code', async () => {
      const ts = openScriptBox(suite, 'typescript');
      await ts.run('const Kind = 5; enum Level { Low, High }; namespace Shapes { export const sides = 4 }');
      await ts.run('enum Kind { A = 1 }; export enum Level { Mid = 7 }; enum Level { Top = 8 }');
      await ts.run('namespace Shapes { export const corners = 3 }; namespace Shapes.Deep { export const n = 1 }');
      await ts.run('class Both {}; namespace Both { export const own = 2 }');
      const seen = await ts.run('[Kind, Level, Shapes, typeof Both, Both.own]');
      expect(seen.results[0]?.json).toEqual([
        { '1': 'A', A: 1 },
        { '7': 'Mid', '8': 'Top', Mid: 7, Top: 8 },
        { corners: 3, Deep: { n: 1 } },
        'function',
        2,
      ]);
    });

    const slowParser = `const { decode } = TextDecoder.prototype; let left = 3
TextDecoder.prototype.decode = function (...all) {
  if (--left === 0) {
    console.log('on')
    for (const end = Date.now() + 200; Date.now() < end;);
  }
  return decode.apply(this, all)
}
const { writeFileSync } = require('node:fs'); writeFileSync('wrong.ts', 'let a: = 1'); writeFileSync('right.ts', 'export default 1 as number')`;

    // The third text that the parser makes of an error is a name, which it keeps.
    test.concurrent.for([
      ['typescript', 'let a: = 1', '1 as number'],
      ['javascript', `await import('./wrong.ts')`, `(await import('./right.ts')).default`],
    ] as const)(
      'the parser is not stopped half way, since it would not find back: %j',
      async ([language, wrong, right]) => {
        const script = openScriptBox(suite, language);
        await script.run(slowParser);
        const stream = await script.start(wrong);
        await stream.until('on');
        await script.box.cancel(stream.executionId);
        expect((await stream.rest()).end.state).toBe('kept');
        expect((await script.run(right)).order).toEqual(['result 1']);
      },
    );

    test.concurrent('a busy loop is interrupted in its own line', async () => {
      const ts = openScriptBox(suite, 'typescript');
      await ts.run('enum First { A }');
      const code = `enum E { A }\n\n\nconsole.log('on'); while (true);`;
      const run = await timeOutBehind('on\n', (timeout) => ts.run(code, { timeout }));
      expect(run.error).toMatchObject({ ename: 'Quicksand.Timeout', lineNumber: 4 });
      expect(run.end.state).toBe('kept');
    });
  });
}
