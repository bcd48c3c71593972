import { expect, test } from 'vitest';
import { parseRange } from '../src/byte-range.ts';

test.for([
  ['bytes=0-0', [0, 0]],
  ['bytes=5-9', [5, 9]],
  ['bytes=5-', [5, null]],
  ['bytes=-5', [null, 5]],
  [' bytes=1-2 ', [1, 2]],
  ['bytes=-', undefined],
  ['bytes=9-5', undefined],
  ['bytes=0-1,3-4', undefined],
  ['bytes=a-b', undefined],
  ['bytes=99999999999999999999-', undefined],
  ['lines=1-2', undefined],
  ['', undefined],
  [undefined, undefined],
] as const)('%s', ([header, range]) => expect(parseRange(header)).toEqual(range));
