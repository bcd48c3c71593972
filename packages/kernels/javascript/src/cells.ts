import type { SourceMap } from 'node:module';
import { type Edit, toOwnColumn } from './edits.ts';

/** A piece of code that was submitted, as far as errors must know it. */
export interface Cell {
  /** The code that was rewritten, and how. */
  readonly code: string;
  readonly edits: readonly Edit[];
  /** From TypeScript whose lines were moved. */
  readonly map: SourceMap | undefined;
}

/** A place in submitted code; both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** How many pieces of code are remembered, and characters in all; errors in older ones tell the places of rewritten code. */
const mostCells = 1000;
const mostLength = 8 * 1024 * 1024;

/** Remembers pieces of code, and finds the places that errors tell in what was submitted. */
export class Cells {
  readonly #cells = new Map<string, Cell>();
  #length = 0;
  /** Where lines begin, found once for each piece: every frame of every stack asks. */
  readonly #starts = new WeakMap<Cell, readonly number[]>();

  /** What was added last is remembered, however long it is. */
  add(name: string, cell: Cell): void {
    this.#cells.set(name, cell);
    this.#length += cell.code.length;
    for (const [oldest, { code }] of this.#cells) {
      if (oldest === name || (this.#cells.size <= mostCells && this.#length <= mostLength)) break;
      this.#cells.delete(oldest);
      this.#length -= code.length;
    }
  }

  /** The place that a place in the evaluated code has in the submitted code. */
  toOwn(name: string, { line, column }: Place): Place {
    const cell = this.#cells.get(name);
    if (!cell) return { line, column };
    const starts = this.#startsOf(cell);
    const [start, next] = [starts[line - 1] ?? cell.code.length, starts[line] ?? cell.code.length + 1];
    const before = Math.max(1, toOwnColumn({ start, end: next - 1 }, cell.edits, column));
    return toOriginal({ line, column: before }, cell.map);
  }

  /** Whether a place is behind the submitted code: what is there was written by the kernel. */
  isBehind(name: string, line: number): boolean {
    const cell = this.#cells.get(name);
    return cell !== undefined && line > this.#startsOf(cell).length;
  }

  #startsOf(cell: Cell): readonly number[] {
    const known = this.#starts.get(cell);
    if (known) return known;
    const starts = [0];
    for (const { index, 0: end } of cell.code.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) starts.push(index + end.length);
    this.#starts.set(cell, starts);
    return starts;
  }
}

/** The place in TypeScript of one in the JavaScript that was made of it. */
export function toOriginal({ line, column }: Place, map: SourceMap | undefined): Place {
  const entry = map?.findEntry(line - 1, column - 1);
  if (!entry || !('originalLine' in entry)) return { line, column };
  return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

/** What a piece of code is called in stacks. */
export function cellName(number: number): string {
  return `<cell ${number}>`;
}

/** True of what {@link cellName} gives. */
export function isCellName(name: string): boolean {
  return name.startsWith('<cell ');
}
