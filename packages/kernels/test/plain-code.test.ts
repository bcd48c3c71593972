import { expect, test } from 'vitest';
import { toPlainPiece } from '../javascript/src/plain-code.ts';
import { rewriteCode } from '../javascript/src/rewrite-code.ts';

const declared = { names: new Set(['x', 'name', 'fetch']), constants: new Set(['x']) };
const toPiece = (code: string): ReturnType<typeof toPlainPiece> => toPlainPiece(code, '<cell 1>', declared);

const plain = [
  '1+1',
  ' x ',
  'f(x, ...list)[0]?.y ?? !z',
  'typeof name',
  'new Map([["a=1;", \'{"b": `c`}\']])',
  'console.log("// é \u2028", 1n ** 2n)',
  '"use strict"',
];

test.each(plain)('is plain, and would not be rewritten: %j', (code) => {
  expect(toPiece(code)).toBeDefined();
  expect(rewriteCode(code, declared)).toMatchObject({ body: code, edits: [], isAsync: false, hasResult: true });
});

const other = [
  ...['', 'x = 1', 'x++', '--x', 'let a', 'var a', 'if (x) x', 'for (x in y) x', 'while (0) x', 'with (x) y'],
  ...['do x(); while (0)', 'await x', 'import("a")', 'import.meta', 'throw x', 'fetch(x)', '"\\x"', 'x; y', 'x\ny'],
  ...[
    'x // y',
    '/"/.test(x), x = 1, /"/',
    '`${x = 1}`',
    '{}',
    '<!-- x',
    '#!x',
    'x => x',
    'a b',
    '1 +',
    'f(',
    'using a',
  ],
  ...['const a', 'export x', 'return x', 'new.target', 'super.x', '<a>', `x${'.y'.repeat(1000)}`],
];

test.each(other)('is looked at closely, or is none: %j', (code) => {
  expect(toPiece(code)).toBeUndefined();
});
