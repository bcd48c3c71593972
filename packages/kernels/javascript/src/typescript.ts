import { SourceMap, type SourceMapPayload, stripTypeScriptTypes } from 'node:module';
import { toBlank } from './edits.ts';
import { type SyntaxProblem, endOfInput, jsxHint, tooDeep } from './parse-code.ts';
import { toBytes, toText } from './plain-text.ts';

/** TypeScript as JavaScript. */
export interface Stripped {
  readonly code: string;
  /** Where lines were moved: their own places. */
  readonly map: SourceMap | undefined;
}

const mapComment = '\n//# sourceMappingURL=data:application/json;base64,';

/** Takes the types away, with every character where it was; only where there is more than types to take away (enums, namespaces …) lines are moved. */
export function stripTypes(code: string): Stripped | { readonly problem: SyntaxProblem } {
  try {
    return { code: stripTypeScriptTypes(code), map: undefined };
  } catch (error) {
    if (codeOf(error) !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return { problem: problemOf(error, code) };
  }
  try {
    const transformed = stripTypeScriptTypes(code, { mode: 'transform', sourceMap: true });
    const at = transformed.lastIndexOf(mapComment);
    const payload = toText(toBytes(transformed.slice(at + mapComment.length), 'base64'));
    return { code: transformed.slice(0, at), map: new SourceMap(JSON.parse(payload) as SourceMapPayload) };
  } catch (error) {
    return { problem: problemOf(error, code) };
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function problemOf(error: unknown, code: string): SyntaxProblem {
  if (/^ERR_(INVALID|UNSUPPORTED)_TYPESCRIPT_SYNTAX$/.test(codeOf(error) ?? '')) return locate(code);
  return {
    message: isWhole()
      ? tooDeep
      : `${tooDeep}; from now on this context cannot parse TypeScript: use another one, or restart it`,
    line: 1,
    column: 1,
  };
}

/** Where its memory is not enough, the parser does not find back. */
function isWhole(): boolean {
  try {
    return stripTypeScriptTypes('let a: 1') !== '';
  } catch {
    return false;
  }
}

const name = 'typescript';

/** What is found wrong with an element of JSX is not its beginning, which could be a type. */
const element = /<\/([A-Za-z][\w.:-]*)?\s*>|<[A-Za-z][^<>]*\/>/g;

/** Where there may be elements that are none. */
const texts =
  /\/\/.*|\/\*[^]*?(?:\*\/|$)|"[^"\\\n]*(?:\\[^][^"\\\n]*)*"|'[^'\\\n]*(?:\\[^][^'\\\n]*)*'|`[^`\\]*(?:\\[^][^`\\]*)*(?:`|$)/g;

/** Whether an element of JSX ends in a line, and not before what is wrong there: behind it other code may stand. */
function endsElement(code: string, line: number, caret: number): boolean {
  const text = code.replace(texts, toBlank).split('\n')[line - 1] ?? '';
  return [...text.matchAll(element)].some((found) => caret <= found.index + found[0].length);
}

/** Only an error that knows the name of its file tells the line: in the beginning of its stack. */
function locate(code: string): SyntaxProblem {
  try {
    stripTypeScriptTypes(code, { mode: 'transform', sourceUrl: name });
  } catch (error) {
    const { message, stack = '' } = error as Error;
    const line = Number(new RegExp(`^${name}:(\\d+)\n`).exec(stack)?.[1] ?? 1);
    const text = code.split('\n')[line - 1] ?? '';
    const caret = /\n( *)\^+\n/.exec(stack)?.[1]?.length;
    // There is nothing to mark behind the end.
    if (caret === undefined && !message.startsWith('Unterminated'))
      return { message: endOfInput, line, column: text.length + 1 };
    const hint = endsElement(code, line, caret ?? 0) ? jsxHint : '';
    return { message: message + hint, line, column: (caret ?? 0) + 1 };
  }
  return { message: 'this is not TypeScript', line: 1, column: 1 };
}
