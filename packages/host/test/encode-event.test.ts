import { readFileSync } from 'node:fs';
import { formatSSE } from '@quicksand/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeEvent } from '../src/encode-event.ts';
import { LongText, shortLength } from '../src/long-text.ts';

const golden = JSON.parse(readFileSync(new URL('../../../conformance/wire/sse.json', import.meta.url), 'utf8')) as {
  cases: { name: string; id: number; event: { text?: string }; text: string }[];
};
const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** The event with its text as a kernel sends it. */
function encodeLong(id: number, event: { text: string }): string {
  const text = LongText.from(Buffer.from(event.text));
  expect(text).toBeInstanceOf(LongText);
  return toText(encodeEvent(id, { ...event, text }));
}

test.each(golden.cases)('golden: $name, and the same at length', ({ id, event, text }) => {
  expect(toText(encodeEvent(id, event))).toBe(text);
  const long = { ...event, text: (event.text ?? '').padEnd(shortLength, event.text) + text };
  expect(encodeLong(id, long)).toBe(formatSSE(id, long));
});

test('property: a long text gives the bytes that its string gives', { timeout: 60_000 }, () => {
  const event = fc.record(
    {
      type: fc.constantFrom('stdout', 'stderr'),
      text: fc
        .string({ unit: 'binary', minLength: 1 })
        .map((text) => text.padEnd(shortLength + 1 + text.length, text).toWellFormed()),
      timestamp: fc.nat(),
      clear: fc.constant(true),
    },
    { requiredKeys: ['type', 'text', 'timestamp'] },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1 }), event, (id, given) => {
      expect(encodeLong(id, given) === formatSSE(id, given)).toBe(true);
    }),
  );
});
