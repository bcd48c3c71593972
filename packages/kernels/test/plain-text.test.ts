import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toPieces } from '../javascript/src/plain-text.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'é', '漢', '😀'), minLength: 1, maxLength: 60 });

test('the pieces of a text are whole characters, none of them empty or too long, and together the text (R5)', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 4, max: 20 }), (whole, most) => {
      const pieces = [...toPieces(whole, most)];
      expect(pieces.map((piece) => Buffer.from(piece).toString()).join('')).toBe(whole);
      for (const { length } of pieces) expect(length > 0 && length <= most).toBe(true);
    }),
  );
});
