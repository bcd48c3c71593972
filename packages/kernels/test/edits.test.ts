import { expect, test } from 'vitest';
import { type Edit, render } from '../javascript/src/edits.ts';

test('a part of the code is rendered without a look at all edits', () => {
  const code = 'a;'.repeat(10_000);
  const all = Array.from({ length: 10_000 }, (_, n): Edit => ({ start: 2 * n, end: 2 * n + 1, insert: 'bc' }));
  let looks = 0;
  const edits = new Proxy(all, {
    get: (target, name, receiver) => {
      if (name !== 'length') looks++;
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
  expect(render(code, edits, 9_001, 9_006)).toBe(';bc;bc;');
  expect(looks).toBeLessThan(50);
});

test('an edit at the end of a part belongs to it, and one that reaches beyond it, or into one before it, does not', () => {
  const edits = [
    { start: 0, end: 2, insert: 'x' },
    { start: 1, end: 1, insert: 'y' },
    { start: 2, end: 2, insert: 'z' },
    { start: 2, end: 4, insert: 'w' },
  ];
  expect(render('abcd', edits, 0, 2)).toBe('xz');
  expect(render('abcd', edits, 0, 3)).toBe('xzc');
  expect(render('abcd', edits, 1, 4)).toBe('ybzw');
  expect(render('abcd', edits)).toBe('xzw');
});
