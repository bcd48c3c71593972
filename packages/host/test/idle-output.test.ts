import { expect, test } from 'vitest';
import { IdleOutput } from '../src/idle-output.ts';

function taken(output: IdleOutput): string[] {
  const told: string[] = [];
  output.moveTo({ addText: (type, text) => void told.push(`${type} ${String(text)}`) });
  return told;
}

test('what was kept is handed on once, in its order', () => {
  const output = new IdleOutput();
  output.addText('stdout', 'a');
  output.addText('stderr', 'b');
  output.addText('stdout', 'c');
  expect(taken(output)).toEqual(['stdout a', 'stderr b', 'stdout c']);
  expect(taken(output)).toEqual([]);
});

test('the newest part is kept, however small its pieces are', () => {
  const output = new IdleOutput();
  for (let n = 0; n < 100_000; n++) output.addText('stdout', `${n}`);
  const told = taken(output);
  expect(told.at(-1)).toBe('stdout 99999');
  expect(told.length).toBeGreaterThan(500);
  expect(told.length).toBeLessThan(1025);
  for (let n = 0; n < 10; n++) output.addText('stdout', `${n}`.repeat(50_000));
  expect(taken(output)).toEqual([`stdout ${'9'.repeat(50_000)}`]);
  output.addText('stderr', 'x'.repeat(100_000));
  expect(taken(output)).toHaveLength(1);
});

test('what is cleared is not handed on', () => {
  const output = new IdleOutput();
  output.addText('stdout', 'a');
  output.clear();
  expect(taken(output)).toEqual([]);
});
