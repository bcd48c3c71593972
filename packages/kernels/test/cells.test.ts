import { expect, test } from 'vitest';
import { Cells, cellName } from '../javascript/src/cells.ts';

/** A piece of code of some length, in whose first line an edit has put five characters. */
const cell = (length: number) => ({
  code: 'x'.repeat(length),
  edits: [{ start: 0, end: 0, insert: '12345' }],
  map: undefined,
});
const isKnown = (cells: Cells, number: number): boolean =>
  cells.toOwn(cellName(number), { line: 1, column: 8 }).column === 3;

test('the last 1000 pieces of code are remembered', () => {
  const cells = new Cells();
  for (let number = 1; number <= 1001; number++) cells.add(cellName(number), cell(10));
  expect([1, 2, 1001].map((number) => isKnown(cells, number))).toEqual([false, true, true]);
});

test('of long ones fewer, and at least the last', () => {
  const cells = new Cells();
  for (const number of [1, 2, 3]) cells.add(cellName(number), cell(4 * 1024 * 1024));
  expect([1, 2, 3].map((number) => isKnown(cells, number))).toEqual([false, true, true]);
  cells.add(cellName(4), cell(9 * 1024 * 1024));
  expect([3, 4].map((number) => isKnown(cells, number))).toEqual([false, true]);
  cells.add(cellName(5), cell(10));
  expect([4, 5].map((number) => isKnown(cells, number))).toEqual([false, true]);
});

test('what stands in front of the code is at its start', () => {
  const cells = new Cells();
  cells.add(cellName(1), cell(10));
  expect(cells.toOwn(cellName(1), { line: 1, column: -9 })).toEqual({ line: 1, column: 1 });
});
