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

/** How many pieces of code are remembered; errors in older ones tell the columns of rewritten code. */
const mostCells = 1000;

/** Remembers pieces of code, and finds the places that errors tell in what was submitted. */
export class Cells {
  readonly #cells = new Map<string, Cell>();
  /** How many lines a piece has, counted once: every frame of every stack asks. */
  readonly #lines = new WeakMap<Cell, number>();

  add(name: string, cell: Cell): void {
    this.#cells.set(name, cell);
    if (this.#cells.size > mostCells) this.#cells.delete(this.#cells.keys().next().value as string);
  }

  /** The place that a place in the evaluated code has in the submitted code. */
  toOwn(name: string, { line, column }: Place): Place {
    const cell = this.#cells.get(name);
    if (!cell) return { line, column };
    const before = toOwnColumn(cell.code, cell.edits, line, column);
    return toOriginal({ line, column: before }, cell.map);
  }

  /** Whether a place is behind the submitted code: what is there was written by the kernel. */
  isBehind(name: string, line: number): boolean {
    const cell = this.#cells.get(name);
    return cell !== undefined && line > this.#linesOf(cell);
  }

  #linesOf(cell: Cell): number {
    const lines = this.#lines.get(cell) ?? cell.code.split(/\r\n|[\n\r\u2028\u2029]/).length;
    this.#lines.set(cell, lines);
    return lines;
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
