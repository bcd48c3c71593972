import { inspect, types } from 'node:util';
import { cellName } from './cells.ts';
import { cut } from './plain-text.ts';
import type { SyntaxProblem } from './parse-code.ts';
import { withOwnNames } from './shadowed-globals.ts';
import { lineIn } from './stacks.ts';
import { UserError, itemsOf } from './user-realm.ts';

/** The payload of an `error` frame. */
export interface Failure {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
  readonly lineNumber?: number;
}

const mostValue = 64 * 1024;
const mostTraceback = 256 * 1024;
const mostLines = 400;
const mostCauses = 10;
/** What Node calls of itself; and how it finds and loads modules, which tells nothing wherever it stands. */
const withinNode = /node:(internal\/|diagnostics_channel)/;
const loading = /node:(internal\/modules\/|diagnostics_channel)/;

/** Something that was thrown as a failure of an execution. `thrownAt` is the stack of where that was, where it is known. Never throws, whatever was thrown. */
export function toFailure(thrown: unknown, number: number, thrownAt: string = ''): Failure {
  const ename = orElse(() => nameOf(thrown), 'Error');
  const evalue = orElse(() => messageOf(thrown), '');
  const stack = orElse(() => stackOf(thrown), '');
  const place = orElse(() => lineIn(stack, number), undefined);
  const behind = place === undefined ? thrownAt : '';
  const frames = orElse(() => [...problemOf(stack), ...framesOf(stack), ...framesOf(behind)], []);
  const causes = orElse(() => causesOf(thrown), []);
  // That of `Promise.any` has no place of its own.
  const lineNumber = place ?? orElse(() => lineIn(thrownAt, number) ?? lineIn(causes.join('\n'), number), undefined);
  // The user may have taken away what this needs of the language.
  return orElse(() => build({ ename, evalue, lines: [...frames, ...causes], lineNumber }), {
    ename,
    evalue,
    traceback: [`${ename}: ${evalue}`],
  });
}

/** Code that cannot be parsed, with the line and a mark under the place. */
export function toSyntaxFailure({ message, line, column }: SyntaxProblem, code: string, number: number): Failure {
  const text = code.split('\n')[line - 1] ?? '';
  const lines = [`    at ${cellName(number)}:${line}:${column}`, ...excerpt(text, column - 1)];
  return build({ ename: 'SyntaxError', evalue: message, lines, lineNumber: line });
}

/** Where code was when it was interrupted. */
export function toInterruption(stack: string, number: number): Failure {
  const lineNumber = lineIn(stack, number);
  return build({ ename: 'Interrupted', evalue: 'the code was interrupted', lines: framesOf(stack), lineNumber });
}

function build(parts: {
  ename: string;
  evalue: string;
  lines: readonly string[];
  lineNumber: number | undefined;
}): Failure {
  const ename = cut(parts.ename, 1000).toWellFormed() || 'Error';
  const evalue = cut(parts.evalue, mostValue).toWellFormed();
  const { lines, lineNumber } = parts;
  const traceback = [
    ...bounded(lines).map((line) => line.toWellFormed()),
    evalue === '' ? ename : `${ename}: ${evalue}`,
  ];
  return { ename, evalue, traceback, ...(lineNumber !== undefined && lineNumber > 0 && { lineNumber }) };
}

function bounded(lines: readonly string[]): readonly string[] {
  const few = lines.length > mostLines ? [...lines.slice(0, mostLines / 2), ...lines.slice(-mostLines / 2)] : lines;
  let left = mostTraceback;
  return few.filter((line) => (left -= line.length) > 0);
}

/** The name that an error says it has; its class, where it only has that of `Error` or the like. */
function nameOf(thrown: unknown): string {
  if (!isError(thrown)) return 'Uncaught';
  const name: unknown = thrown.name;
  const given = typeof name === 'string' && name !== '' ? name : 'Error';
  const { constructor } = thrown as { constructor?: unknown };
  const className = typeof constructor === 'function' ? constructor.name : '';
  const isOwn = Object.hasOwn(thrown, 'name') || className === '' || isOfNode(thrown);
  const above: unknown = Object.getPrototypeOf(thrown);
  const isNamed = typeof above === 'object' && above !== null && Object.hasOwn(above, 'name');
  return isOwn || isNamed ? given : className;
}

function isOfNode({ code }: NodeJS.ErrnoException): boolean {
  return typeof code === 'string' && code.startsWith('ERR_');
}

function messageOf(thrown: unknown): string {
  if (isError(thrown))
    return typeof thrown.message === 'string' ? withOwnNames(thrown.message) : inspect(thrown.message);
  return typeof thrown === 'string' ? thrown : inspect(thrown);
}

function stackOf(thrown: unknown): string {
  return isError(thrown) && typeof thrown.stack === 'string' ? thrown.stack : '';
}

/** Of code that Node could not parse, as a file, the place and the line stand in front of the stack. */
function problemOf(stack: string): string[] {
  const found = /^(\S.*:\d+)\n+(.*)\n( *)\^+\n\n/.exec(stack);
  if (!found) return [];
  const [, place = '', text = '', spaces = ''] = found;
  return [`    at ${place}`, ...excerpt(text, spaces.length)];
}

/** A part of a line, and a mark under one of its characters. */
function excerpt(text: string, marked: number): string[] {
  const from = Math.max(0, marked - 79);
  return [text.slice(from, from + 160), `${' '.repeat(Math.max(0, marked - from))}^`];
}

/** What Node itself does below the code says nothing about it. */
function framesOf(stack: string): string[] {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line) && !loading.test(line));
  return frames.slice(0, frames.findLastIndex((line) => !withinNode.test(line)) + 1);
}

/** What is behind an error, and beside it. */
function causesOf(thrown: unknown): string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>([thrown]);
  const add = (words: string, error: unknown): void => {
    if (seen.has(error) || seen.size > mostCauses) return;
    seen.add(error);
    const text = isError(error) ? stackOf(error) || `${nameOf(error)}: ${messageOf(error)}` : inspect(error);
    lines.push(...`${words}: ${text}`.split('\n'));
    addAll(error);
  };
  const addAll = (error: unknown): void => {
    if (!isError(error)) return;
    if ('cause' in error) add('caused by', error.cause);
    const { errors } = error as { errors?: unknown };
    if (Array.isArray(errors)) for (const one of itemsOf<unknown>(errors)) add('together with', one);
  };
  addAll(thrown);
  return lines;
}

function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof UserError;
}

/** Getters of the user may throw. */
function orElse<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
