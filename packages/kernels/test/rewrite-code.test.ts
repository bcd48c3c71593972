import { Script, createContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Piece, rewriteCode } from '../javascript/src/rewrite-code.ts';

const none = { names: new Set<string>(), constants: new Set<string>() };

function rewrite(code: string, constants: readonly string[] = []): Piece {
  const piece = rewriteCode(code, { names: new Set(constants), constants: new Set(constants) });
  if ('problem' in piece) throw new Error(piece.problem.message);
  return piece;
}

describe('what becomes of code', () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ['const a = 1', '      a = 1'],
    ['let { a } = b', ' ;( { a } = b)'],
    ['const [a] = b', '    ; [a] = b'],
    ['let a\n[1].length', ';    \n[1].length'],
    ['for (var i = 0; ; );', 'for (    i = 0; ; );'],
    ['for (var [a] of b);', 'for (    [a] of b);'],
    ['if (x) var { a } = b', 'if (x)   ( { a } = b)'],
    ['class A {}', 'A=class A {};'],
    ['export var a\n[1].length', '       ;    \n[1].length'],
    ['export var [a] = b', '         ; [a] = b'],
    ['{ a: 1 }', '({ a: 1 })'],
    ['let a = 1; { let a = 2; a = 3 }', '    a = 1; { let a = 2; a = 3 }'],
    ['export const a = 1', '             a = 1'],
    ['x = await y', '(async()=>{return(x = await y)\n})()'],
    ['await a; (b) // c', '(async()=>{await a; return((b)) // c\n})()'],
    ['await a; ({ b });', '(async()=>{await a; return(({ b }));\n})()'],
    ['export default (1, 2)', ';              (1, 2)'],
    ['a\nexport /* b */ default (c)', 'a\n;                      (c)'],
    ['await a; export default (class B {})', '(async()=>{await a; ;             return( (class B {}))\n})()'],
    ['import.meta.url', '__quicksand.meta.url'],
    ['throw 5', 'throw __quicksand.thrown(5)'],
    ['throw (1, 2)', 'throw (__quicksand.thrown((1, 2)))'],
    ['throw new Error()', 'throw new Error()'],
    ['if (a) { function b() {} }', 'if (a) {let b;{ function b() {}__quicksand.put.b(b); }}'],
    ['{ function a() {} }class B {}', '{let a;{ function a() {}__quicksand.put.a(a); }}B=class B {};'],
    [
      'a: switch (b) { case 1: function c() {} }',
      'a: {let c;switch (b) { case 1: function c() {}__quicksand.put.c(c); }}',
    ],
    [
      '{ { function a() {} } function b() {} }',
      '{let b;{ {let a;{ function a() {}__quicksand.put.a(a); }} function b() {}__quicksand.put.b(b); }}',
    ],
    [
      '{ function a() {} { function a() {} } }',
      '{let a;{ function a() {}__quicksand.put.a(a); {let a;{ function a() {}__quicksand.put.a(a); }} }}',
    ],
    [
      'try {} catch (a) { { function a() {} } }',
      'try {} catch (a) { {let a;{ function a() {}__quicksand.put.a(a); }} }',
    ],
    ['try {} catch ({ a }) { { function a() {} } }', 'try {} catch ({ a }) { { function a() {} } }'],
    ['let a; { function a() {} }', ';      {let a;{ function a() {} }}'],
    ['{ let a; { function a() {} } }', '{ let a; { function a() {} } }'],
    ['{ async function a() {} }', '{ async function a() {} }'],
    ['if (a) function b() {}\nc', 'if (a) {let b;{function b() {}__quicksand.put.b(b);}}\nc'],
    [
      'if (a) function b() {} else function c() {}',
      'if (a) {let b;{function b() {}__quicksand.put.b(b);}} else {let c;{function c() {}__quicksand.put.c(c);}}',
    ],
    ['a: for (;;) break a', 'a: for (;;) break a'],
    ['(() => { { function a() {} } })', '(() => { { function a() {} } })'],
    [`'use strict'; { function a() {} }`, `'use strict'; { function a() {} }`],
  ];
  test.each(cases)('%j', (code, body) => expect(rewrite(code).body).toBe(body));

  test('a function with labels is one without them', () => {
    const { functions, body, declared } = rewrite('a: b: function c() {}\nc');
    expect([functions?.trim(), body.trim(), declared]).toEqual(['c=function\v() {}', 'c', ['c']]);
  });

  test('functions are assigned first, with every character behind them one further', () => {
    const { functions, body, declared } = rewrite('a(); async function a() { return 1 }\nfunction b() {}');
    expect(functions).toBe('     a=async function\v() { return 1 }\nb=function\v() {}');
    expect(body.replace(/ +/g, ' ')).toBe('a(); \n ');
    expect(declared).toEqual(['a', 'b']);
  });

  test.each([
    ['c = 1', true],
    ['c++', true],
    ['({ c } = {})', true],
    ['{ let c; c = 1 }', false],
    ['function f(c) { c = 1 }', false],
    ['(() => { c = 1 })', true],
    ['try {} catch (c) { c = 1 }', false],
    ['for (const c of []) c.d = 1', false],
    ['let c; c = 1', false],
    ['let c; const d = 1; c = 1', false],
    ['let d; const c = 1; c = 1', true],
  ])('%j assigns to the constant c: %s', (code, refused) => {
    const { body, functions = '' } = rewrite(code, ['c']);
    expect(`${body}${functions}`.includes('__quicksand.constant.c')).toBe(refused);
  });
});

describe('names of globals', () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ['Map', 'Map~'],
    ['typeof Map; new Map(Map)', 'typeof Map~; new Map~(Map~)'],
    ['a.Map + a?.Map + a[Map]', 'a.Map + a?.Map + a[Map~]'],
    ['a = { Map, b: Map, Map: 1, [Map]: 2, Map() {} }', 'a = { Map: Map~, b: Map~, Map: 1, [Map~]: 2, Map() {} }'],
    ['({ Map } = a); ({ Map = Map } = a)', '({ Map: Map~ } = a); ({ Map: Map~ = Map~ } = a)'],
    ['[Map, ...Map] = a; Map++', '[Map~, ...Map~] = a; Map~++'],
    ['Map: for (;;) { break Map; continue Map }', 'Map: for (;;) { break Map; continue Map }'],
    ['(Map) => Map; (a = Map) => Map', '(Map) => Map; (a = Map~) => Map~'],
    ['(({ Map }) => Map); (function Map() { Map })', '(({ Map }) => Map); (function Map() { Map })'],
    ['(() => { Map(); function Map() {} }); Map', '(() => { Map(); function Map() {} }); Map~'],
    ['(() => { Map; { let Map } var Set = Map })', '(() => { Map~; { let Map } var Set = Map~ })'],
    ['try {} catch (Map) { Map } Map', 'try {} catch (Map) { Map } Map~'],
    ['for (const Map of Map) Map; for (Map of a);', 'for (const Map of Map) Map; for (Map~ of a);'],
    ['a = class Map { b = Map; Map = 1; static Map() {} }', 'a = class Map { b = Map; Map = 1; static Map() {} }'],
    ['a = class extends Map { b = Map; [Map] = 1 }', 'a = class extends Map~ { b = Map~; [Map~] = 1 }'],
    ['function f() { new.target }; a`${Map}`; Map`a`', '; a`${Map~}`; Map~`a`'],
    ["throw'a'", "throw __quicksand.thrown('a')"],
    ['throw Map', 'throw __quicksand.thrown(Map~)'],
    ['await Map', '(async()=>{return(await Map~)\n})()'],
    ['let Map = () => 1', '    Map~ = ({Map:() => 1}).Map'],
    ['Map = Map ||= () => 1', 'Map~ = Map~ ||= ({Map:() => 1}).Map'],
    [
      'throw Map = () => Map = class {}',
      'throw __quicksand.thrown(Map~ = ({Map:() => Map~ = ({Map:class {}}).Map}).Map)',
    ],
    ['Map += () => 1; (Map) = () => 1; Map = class a {}', 'Map~ += () => 1; (Map~) = () => 1; Map~ = class a {}'],
    [
      '({ Map = () => 1 } = a); ((Map) => (Map = () => 1))',
      '({ Map: Map~ = ({Map:() => 1}).Map } = a); ((Map) => (Map = () => 1))',
    ],
    ['await 1; Map = () => 1', '(async()=>{await 1; return(Map~ = ({Map:() => 1}).Map)\n})()'],
    ['(() => { { function Map() {} } Map })', '(() => { { function Map() {} } Map })'],
    [
      '(() => { if (a) { function Map() {} } () => Map }); Map',
      '(() => { if (a) { function Map() {} } () => Map }); Map~',
    ],
    ['(() => { { let Map; { function Map() {} } } Map })', '(() => { { let Map; { function Map() {} } } Map~ })'],
    ['(() => { "use strict"; { function Map() {} } Map })', '(() => { "use strict"; { function Map() {} } Map~ })'],
    [
      '(() => { try {} catch (Map) { { function Map() {} } } Map })',
      '(() => { try {} catch (Map) { { function Map() {} } } Map })',
    ],
    ['(() => { { async function Map() {} } Map })', '(() => { { async function Map() {} } Map~ })'],
    ['a = class { b() { { function Map() {} } Map } }', 'a = class { b() { { function Map() {} } Map~ } }'],
    ['((a = Map) => { var Map; Map })', '((a = Map~) => { var Map; Map })'],
    ['((a = Map, Map) => { var Map; Map })', '((a = Map, Map) => { var Map; Map })'],
    ['((a = Map) => { function Map() {} Map })', '((a = Map~) => { function Map() {} Map })'],
    [
      '() => Map; () => class { a = Map }; () => function () { Map }',
      '() => Map~; () => class { a = Map~ }; () => function () { Map~ }',
    ],
    ['let { Map } = a', ' ;( { Map: Map~ } = a)'],
    ['var [Map] = a', ' ; [Map~] = a'],
    ['class Map {}', 'Map~=class Map {};'],
    ['export { Map }; export * as Set from "a"', '; ;'],
    ['Set', 'Set'],
  ];
  test.each(cases)('%j', (code, body) => {
    const piece = rewriteCode(code, { names: new Set(['Map']), constants: new Set() });
    if ('problem' in piece) throw new Error(piece.problem.message);
    expect(piece.body.replaceAll('\u200c', '~').replace(/ +/g, ' ').trim()).toBe(body.replace(/ +/g, ' ').trim());
  });

  test('functions keep their names', () => {
    const { functions } = rewrite('async function* Map() { Map }');
    expect(functions?.replaceAll('\u200c', '~')).toBe('Map~=async function* Map() { Map~ }');
  });
});

describe('problems', () => {
  test.each([
    ['let a = ;', 1, `Unexpected token ';'`],
    ['\nlet a; let a', 2, `Identifier 'a' has already been declared`],
    [`import fs from 'fs'\nlet = = 1`, 2, `Unexpected token`],
    ['function f() {', 1, 'Unexpected'],
    [`a${'.b'.repeat(50_000)}`, 1, 'Not enough stack space'],
  ])('%j', (code, line, message) => {
    const piece = rewriteCode(code, none);
    expect(piece).toMatchObject({ problem: { line, message: expect.stringContaining(message) } });
  });
});

describe('a name that is declared twice, with many in between', () => {
  const many = (make: (n: number) => string): string => Array.from({ length: 100 }, (_, n) => make(n)).join('\n');
  test.each([
    ['let', 'let x;\n', (n: number) => `let a${n};`, 'let x'],
    ['var', 'var x;\n', (n: number) => `var a${n};`, 'let x'],
    ['var of a block', 'if (1) { var x }\n', (n: number) => `{ var a${n} }`, 'const x = 1'],
    ['class', 'class x {}\n', (n: number) => `class A${n} {}`, 'function x() {}'],
    ['function', 'function x() {}\n', (n: number) => `function a${n}() {}`, 'class x {}'],
    ['catch', '', (n: number) => `var a${n};`, 'try {} catch (x) { let x }'],
  ])('%s', (_, first, make, second) => {
    const piece = rewriteCode(`${first}${many(make)}\n${second}`, none);
    expect(piece).toMatchObject({ problem: { message: `Identifier 'x' has already been declared` } });
    expect(rewrite(`${first}${many(make)}\ny`).hasResult).toBe(true);
    expect(rewrite(`(() => {\n${first}${many(make)} })`).isAsync).toBe(false);
  });

  test('imports tell their lines', () => {
    const { imports } = rewrite(`import 'a'\n\n${many((n) => `import 'b${n}';`)}\nimport 'c'; import 'd'`);
    expect([imports[0], ...imports.slice(-2)].map((one) => one?.line)).toEqual([1, 103, 103]);
  });
});

test('property: lines stay where they are, and what is made is JavaScript', () => {
  const statement = fc.constantFrom(
    ...['const a = 1', 'let { b, ...c } = { b: 1 }', 'var d, e = 2', 'class F { g = () => { var h; h = 1 } }', 'let i'],
    ...[
      'function j() {\n return 1\n}',
      'for (var k of [1]) { var l = k }',
      `import m, { n as o } from 'p'`,
      'await q',
      '[1, 2]',
    ],
    ...[
      '`r\n${1}`',
      '/* s\n */',
      '// t',
      ';',
      'if (1) var { u } = {}; else { v: 1 }',
      'label: for (;;) break label',
      'switch (1) { case 1: var w }',
    ],
  );
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 8 }), (statements) => {
      const code = statements.join('\n');
      const piece = rewriteCode(code, none);
      if ('problem' in piece) return;
      const suffix = piece.isAsync ? 1 : 0;
      expect(piece.body.split('\n').length - suffix).toBe(code.split('\n').length);
      for (const made of [piece.body, piece.functions ?? '']) expect(() => new Script(made)).not.toThrow();
    }),
    { numRuns: 300 },
  );
});

test('property: declared again in any order, scripts behind each other run', () => {
  const kind = fc.constantFrom(
    'const x = 1',
    'let x = 1',
    'var x = 1',
    'function x() {}',
    'class x {}',
    'let [x] = [1]',
  );
  fc.assert(
    fc.property(fc.array(kind, { minLength: 1, maxLength: 6 }), (pieces) => {
      const context = createContext({ __quicksand: {} });
      new Script('let x').runInContext(context);
      for (const code of pieces) {
        const { body, functions = '' } = rewrite(code);
        for (const made of [functions, body]) new Script(made).runInContext(context);
      }
      expect(new Script('typeof x').runInContext(context)).toMatch(/number|function/);
    }),
  );
});
