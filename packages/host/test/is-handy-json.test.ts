import { expect, test } from 'vitest';
import { isHandyJson, jsonLimits } from '../src/is-handy-json.ts';

const judge = (text: string): boolean => isHandyJson(Buffer.from(text));

test.each([
  ['plain values', '{"a":[1,2.5,null,"x"],"b":{}}', true],
  ['as deep as may be', '['.repeat(jsonLimits.levels) + ']'.repeat(jsonLimits.levels), true],
  ['one level deeper', '['.repeat(jsonLimits.levels + 1), false],
  ['one level deeper, lists and objects', '[{"a":'.repeat(jsonLimits.levels / 2) + '[', false],
  ['many side by side', `[${'[],'.repeat(100_000)}[]]`, true],
  ['brackets in a string', `["${'['.repeat(100_000)}"]`, true],
  ['brackets behind an escaped quote', `["\\"${'['.repeat(1000)}"]`, true],
  ['brackets behind a string that ends with a backslash', `["\\\\",${'['.repeat(1000)}`, false],
  ['a long string', `"${'x'.repeat(2 * jsonLimits.structureBytes)}"`, true],
  ['a string without an end', `["${'['.repeat(1000)}`, true],
  ['too many values', `[${'1,'.repeat(jsonLimits.structureBytes / 2)}1]`, false],
])('%s', (_, text, expected) => expect(judge(text)).toBe(expected));
