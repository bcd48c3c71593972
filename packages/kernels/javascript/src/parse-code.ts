import { type Options, type Position, parse, parseExpressionAt, tokenizer } from 'acorn';
import { Script } from 'node:vm';
import type { TreeNode } from './syntax-tree.ts';

/** Code that is not JavaScript. */
export interface SyntaxProblem {
  readonly message: string;
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** The tree of a piece of code, or what is wrong with it. */
export type Parsed = { readonly program: TreeNode; readonly isObject: boolean } | { readonly problem: SyntaxProblem };

const options: Options = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  allowAwaitOutsideFunction: true,
  allowImportExportEverywhere: true,
  allowHashBang: true,
};

/** Parses a piece of code. What could be a block or an object is an object, as in Node's own prompt. */
export function parseCode(code: string): Parsed {
  const object = parseObject(code);
  if (object) return { program: object, isObject: true };
  try {
    return { program: parse(code, options) as unknown as TreeNode, isObject: false };
  } catch (error) {
    if (!(error instanceof SyntaxError) || !('loc' in error)) throw error;
    return { problem: describe(code, error as SyntaxError & { loc: Position }) };
  }
}

/** What V8 says of code that is right: it stands in a function here, where there are no imports. */
const misleading = /^(Missing|Unexpected end|Unexpected token '(\}|export)'|Cannot use '?import)/;

/** A program of one expression, when the code begins with a brace and is an expression. */
function parseObject(code: string): TreeNode | undefined {
  if (!/^\s*\{/.test(code) || /;\s*$/.test(code)) return undefined;
  try {
    const start = code.indexOf('{');
    const expression = parseExpressionAt(code, start, options);
    if (!isOnlySpace(code.slice(expression.end))) return undefined;
    const { end } = expression;
    const statement = { type: 'ExpressionStatement', start, end, expression };
    return { type: 'Program', start: 0, end: code.length, body: [statement] };
  } catch {
    return undefined;
  }
}

function isOnlySpace(text: string): boolean {
  return tokenizer(text, options).getToken().type.label === 'eof';
}

/** V8's words for it where it finds fault with the same line, since these are the ones that people know. */
function describe(code: string, { message, loc }: SyntaxError & { loc: Position }): SyntaxProblem {
  const own = { message: message.replace(/ \(\d+:\d+\)$/, ''), line: loc.line, column: loc.column + 1 };
  const start = '(async function(){';
  try {
    new Script(`${start}${code}\n})`, { filename: 'code', columnOffset: -start.length });
  } catch (error) {
    const { message: said, stack = '' } = error as Error;
    const line = Number(/^code:(\d+)/.exec(stack)?.[1]);
    const isMisled = misleading.test(said);
    if (line === own.line && !isMisled) return { ...own, message: said };
  }
  return own;
}
