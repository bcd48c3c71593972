import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LongText, shortLength } from '../src/long-text.ts';

const pieces = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('é', '€', '😀', 'plain')), {
  minLength: 1,
});

test('property: text is long when its string would be, and says how long', () => {
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 3 * shortLength }), (parts, length) => {
      const string = parts.join('').toWellFormed().repeat(length).slice(0, length).toWellFormed();
      const text = LongText.from(Buffer.from(string));
      expect(text.length).toBe(string.length);
      expect(text instanceof LongText).toBe(string.length > shortLength);
      expect((text instanceof LongText ? text.bytes : text).toString()).toBe(string);
    }),
  );
});

test('what comes before it makes it longer', () => {
  const text = LongText.from(Buffer.from('x'.repeat(shortLength + 1))) as LongText;
  expect(text.after('').bytes).toBe(text.bytes);
  const longer = text.after('é😀');
  expect(longer.length).toBe(shortLength + 4);
  expect(longer.bytes.toString()).toBe(`é😀${'x'.repeat(shortLength + 1)}`);
});
