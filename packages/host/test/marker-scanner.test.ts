import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MarkerScanner, type Scanned, markerLength } from '../src/marker-scanner.ts';

const secret = '00112233445566778899aabbccddeeff';

function toMarker(sequence: number, of: string = secret): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32LE(sequence);
  return Buffer.concat([Buffer.from([0, 0x51, 0x53, 1]), Buffer.from(of, 'latin1'), number, Buffer.from([0])]);
}

/** Joins neighbouring bytes, so that where the input was cut does not matter. */
function merge(found: Scanned[]): (string | number)[] {
  const merged: (string | number)[] = [];
  for (const item of found) {
    if ('marker' in item) merged.push(item.marker);
    else {
      const hex = Buffer.from(item.bytes).toString('hex');
      const last = merged.at(-1);
      if (typeof last === 'string') merged[merged.length - 1] = last + hex;
      else if (hex) merged.push(hex);
    }
  }
  return merged;
}

function scan(bytes: Buffer, size: number): (string | number)[] {
  const scanner = new MarkerScanner();
  scanner.expect(secret);
  const found: Scanned[] = [];
  for (let at = 0; at < bytes.length; at += size) found.push(...scanner.push(bytes.subarray(at, at + size)));
  return merge([...found, { bytes: scanner.flush() }]);
}

const hex = (text: string): string => Buffer.from(text).toString('hex');

test('a marker has the length that is documented', () => {
  expect(toMarker(1)).toHaveLength(markerLength);
  expect(markerLength).toBe(41);
});

test.each([1, 2, 3, 40, 41, 42, 4096])('finds markers between bytes in pieces of %i', (size) => {
  const bytes = Buffer.concat([Buffer.from('a'), toMarker(1), toMarker(2), Buffer.from('b'), toMarker(0xffff_ffff)]);
  expect(scan(bytes, size)).toEqual([hex('a'), 1, 2, hex('b'), 0xffff_ffff]);
});

test.each([1, 7, 4096])('leaves what is no marker alone, in pieces of %i', (size) => {
  const wrong = toMarker(3, 'f'.repeat(32));
  const unended = Buffer.concat([toMarker(3).subarray(0, 40), Buffer.from('x')]);
  const bytes = Buffer.concat([Buffer.from('\0\0QS\x01'), wrong, unended, toMarker(4), Buffer.from('\0QS')]);
  expect(scan(bytes, size)).toEqual([
    Buffer.concat([Buffer.from('\0\0QS\x01'), wrong, unended]).toString('hex'),
    4,
    Buffer.from('\0QS').toString('hex'),
  ]);
});

test('the marker of the execution before is still known, an older one is not', () => {
  const scanner = new MarkerScanner();
  for (const known of ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)]) scanner.expect(known);
  expect(merge(scanner.push(toMarker(1, 'b'.repeat(32))))).toEqual([1]);
  const old = toMarker(1, 'a'.repeat(32));
  expect(merge([...scanner.push(old), { bytes: scanner.flush() }])).toEqual([old.toString('hex')]);
});

test('property: any bytes and markers, cut anywhere, come out in order', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(Buffer.from([0]), Buffer.from('\0Q'), Buffer.from('\0QS\x01'), toMarker(1).subarray(0, 30)),
    fc.integer({ min: 0, max: 0xffff_ffff }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 60 }), (pieces, size) => {
      const bytes = Buffer.concat(pieces.map((item) => (typeof item === 'number' ? toMarker(item) : item)));
      const expected = merge(pieces.map((item) => (typeof item === 'number' ? { marker: item } : { bytes: item })));
      expect(scan(bytes, size)).toEqual(expected);
    }),
  );
});
