import fc from 'fast-check';
import { expect, test } from 'vitest';
import { measureJsonText, writeJsonText } from '../src/json-text.ts';

/** Between other bytes, which must stay as they are. */
function toJson(text: Uint8Array): string {
  const length = measureJsonText(text);
  const target = Buffer.alloc(length + 2, '|');
  writeJsonText(text, target, 1);
  expect([target[0], target.at(-1)]).toEqual([0x7c, 0x7c]);
  return target.subarray(1, -1).toString();
}
const expected = (text: Buffer): string => JSON.stringify(text.toString()).slice(1, -1);

test('each character of ASCII, at each place of a word, beside each kind of other', () => {
  for (let code = 0; code < 0x80; code++) {
    for (const beside of ['', '"', '\\', '\n', '\0', '!', '#', '[', ']', ' ', 'é', '😀']) {
      for (let place = 0; place < 5; place++) {
        const text = Buffer.from(`${'x'.repeat(place)}${beside}${String.fromCharCode(code)}${beside}xyz`);
        expect(toJson(text)).toBe(expected(text));
      }
    }
  }
});

test('property: any text, wherever its bytes lie, is what JSON.stringify makes of it', { timeout: 60_000 }, () => {
  const text = fc.string({
    unit: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"', '\\', '\n', '\u2028', '\x7f')),
  });
  fc.assert(
    fc.property(text, fc.nat(5), (string, offset) => {
      const bytes = Buffer.from(`${'-'.repeat(offset)}${string}`).subarray(offset);
      expect(toJson(bytes)).toBe(expected(bytes));
    }),
  );
});
