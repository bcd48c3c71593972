import { type Options, Parser, type Position, parseExpressionAt, tokenizer } from 'acorn';
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

/** What acorn's parser has, and its types do not tell. */
interface Inside {
  readonly scopeStack: ReadonlyArray<Record<(typeof lists)[number], string[]>>;
}

type DeclareArguments = [name: string, kind: number, place: number];

/** The names that are declared in a scope. */
const lists = ['var', 'lexical', 'functions'] as const;
const declareName = Reflect.get(Parser.prototype, 'declareName') as (...given: DeclareArguments) => void;

/** To a script `using` at its top would be an error; here it stands in a function. */
class CodeParser extends Parser {
  get allowUsing(): boolean {
    const { scopeStack } = this as unknown as Inside;
    return scopeStack.length === 1 || (Reflect.get(Parser.prototype, 'allowUsing', this) as boolean);
  }

  /** acorn looks for each name in the lists of those that were declared before. */
  declareName(...given: DeclareArguments): void {
    const { scopeStack } = this as unknown as Inside;
    const scope = scopeStack.at(-1) as Inside['scopeStack'][number];
    for (const list of lists) {
      const names = scope[list];
      if (names.length >= fewNames && !(names instanceof NameList)) scope[list] = NameList.from(names);
    }
    declareName.apply(this, given);
  }
}

const fewNames = 32;

/** A list that knows at once whether a name is in it. */
class NameList extends Array<string> {
  readonly #known = new Set<string>();

  override push(name: string): number {
    this.#known.add(name);
    return super.push(name);
  }

  /** Not where it is. */
  override indexOf(name: string): number {
    return this.#known.has(name) ? 0 : -1;
  }

  static override from(names: readonly string[]): NameList {
    const list = new NameList();
    for (const name of names) list.push(name);
    return list;
  }
}

/** Parses a piece of code. What could be a block or an object is an object, as in Node's own prompt. */
export function parseCode(code: string): Parsed {
  const object = parseObject(code);
  if (object) return { program: object, isObject: true };
  try {
    return { program: CodeParser.parse(code, options) as unknown as TreeNode, isObject: false };
  } catch (error) {
    if (!(error instanceof SyntaxError) || !('loc' in error)) throw error;
    return { problem: describe(code, error as AcornError) };
  }
}

/** What is said of code that has an end too early. */
export const endOfInput = 'Unexpected end of input';

/** What V8 says of code that is nested too deeply. */
export const tooDeep = 'Not enough stack space to parse input';

/** What is said beside a message that means JSX. */
export const jsxHint = ' (JSX is not supported)';

/** What V8 says of code that is right: it stands in a function here, where there are no imports. */
const misleadingAtEnd = /^(Unexpected token 'export'|Cannot use '?import)/;
const misleading = /^(Unexpected end|Unexpected token '(\}|export)'|Cannot use '?import)/;

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

type AcornError = SyntaxError & { readonly loc: Position; readonly pos: number };

/** V8's words for it where it finds fault with the same line, since these are the ones that people know. */
function describe(code: string, error: AcornError): SyntaxProblem {
  const { loc, pos } = error;
  const place = { line: loc.line, column: loc.column + 1 };
  const bare = error.message.replace(/ \(\d+:\d+\)$/, '');
  // What has no end yet must not get one here.
  const isEnd = pos === code.length && bare === 'Unexpected token';
  const own = isEnd ? endOfInput : bare === 'Unexpected token' && code[pos] === '}' ? `${bare} '}'` : bare;
  const said = wordsOfV8(code, isEnd ? '' : '\n})', loc.line);
  const isHelpful = said !== undefined && !(isEnd ? misleadingAtEnd : misleading).test(said);
  const message = isHelpful ? said : own;
  return { ...place, message: message + unsupportedAt(code, pos) };
}

function wordsOfV8(code: string, end: string, line: number): string | undefined {
  const start = '(async function(){';
  try {
    new Script(`${start}${code}${end}`, { filename: 'code', columnOffset: -start.length });
  } catch (error) {
    const { message, stack = '' } = error as Error;
    if (Number(/^code:(\d+)/.exec(stack)?.[1]) === line) return message;
  }
  return undefined;
}

/** What is no JavaScript, and is taken for it. */
function unsupportedAt(code: string, pos: number): string {
  const rest = code.slice(pos, pos + 200);
  if (/^@[\w$([]/.test(rest)) return ' (decorators are not supported)';
  return /^<(>|[A-Za-z_$][\w$.:-]*(\s|\/|>))/.test(rest) ? jsxHint : '';
}
