import type { Script } from 'node:vm';
import type { Declared, Piece } from './rewrite-code.ts';
import { compile } from './run-script.ts';
import { isGlobalName } from './shadowed-globals.ts';

// Most short code is an expression in one line that runs as it was written. To make a tree of it, only to find that out, would be a third of all that it
// costs: it is told by its look.

/** Names, numbers, texts, and what stands between them; nothing that assigns, opens a block, or ends a line. */
const plain = /^(?:[\w$.,()[\]+\-*%<>&|^~!? ]|"[^"\\\n\r]*"|'[^'\\\n\r]*')+$/;
const mostLength = 1000;

/** What changes a variable; or, after all, begins a comment. */
const counting = /\+\+|--/;

const words = /[A-Za-z_$][\w$]*/g;

/** What makes something else of such code than an expression, or what is rewritten. */
const notPlain = new Set(['await', 'import', 'throw', 'var', 'let', 'if', 'for', 'while', 'do', 'with']);

const asWritten: Omit<Piece, 'body'> = {
  imports: [],
  declared: [],
  reset: [],
  constants: new Set(),
  hoisted: [],
  functions: undefined,
  isAsync: false,
  hasResult: true,
  edits: [],
};

/** Code that needs no rewriting, ready to be run under that name; undefined where it might need some, or is no JavaScript. */
export function toPlainPiece(code: string, name: string, declared: Declared): Piece<Script> | undefined {
  if (!isPlain(code, declared)) return undefined;
  try {
    return { ...asWritten, body: compile(code, name) };
  } catch {
    return undefined; // what is wrong with it is told where it is parsed
  }
}

function isPlain(code: string, { names }: Declared): boolean {
  if (code.length > mostLength || !plain.test(code) || counting.test(code)) return false;
  return (code.match(words) ?? []).every((word) => !notPlain.has(word) && !(names.has(word) && isGlobalName(word)));
}
