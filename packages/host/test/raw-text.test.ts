import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type RawItem, RawText } from '../src/raw-text.ts';

const secret = '00112233445566778899aabbccddeeff';

function toMarker(sequence: number): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32LE(sequence);
  return Buffer.concat([Buffer.from([0, 0x51, 0x53, 1]), Buffer.from(secret, 'latin1'), number, Buffer.from([0])]);
}

/** Joins neighbouring text: in which pieces it comes is free, as long as none is empty or ends inside a character. */
function merge(items: readonly RawItem[]): (string | number)[] {
  const merged: (string | number)[] = [];
  for (const item of items) {
    const last = merged.at(-1);
    if ('marker' in item) merged.push(item.marker);
    else if (typeof last === 'string') merged[merged.length - 1] = last + item.text;
    else merged.push(item.text);
  }
  return merged;
}

function read(pieces: Iterable<Uint8Array>): RawItem[] {
  const raw = new RawText();
  raw.expect(secret);
  const items: RawItem[] = [];
  for (const piece of pieces) items.push(...raw.push(piece));
  const rest = raw.flush();
  if (rest !== '') items.push({ text: rest });
  for (const item of items) {
    if ('marker' in item) continue;
    expect(item.text).not.toBe('');
    expect(item.text.isWellFormed()).toBe(true);
  }
  return items;
}

const wellFormed = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed());

test('property: UTF-8, split in two at every byte, comes back as it was', () => {
  fc.assert(
    fc.property(wellFormed, (text) => {
      const bytes = Buffer.from(text);
      for (let at = 0; at <= bytes.length; at++) {
        expect(merge(read([bytes.subarray(0, at), bytes.subarray(at)]))).toEqual(text === '' ? [] : [text]);
      }
    }),
  );
});

test('property: UTF-8, one byte at a time, comes back as it was', () => {
  fc.assert(
    fc.property(wellFormed, (text) => {
      const bytes = Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte));
      expect(merge(read(bytes))).toEqual(text === '' ? [] : [text]);
    }),
  );
});

test('property: text between markers stays between them, wherever the bytes are cut', () => {
  const texts = fc.array(wellFormed, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 50 }), (parts, size) => {
      const bytes = Buffer.concat(parts.flatMap((part, n) => [Buffer.from(part), toMarker(n + 1)]));
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      const expected = parts.flatMap((part, n) => (part === '' ? [n + 1] : [part, n + 1]));
      expect(merge(read(pieces))).toEqual(expected);
    }),
  );
});

test('property: bytes that are no UTF-8 become U+FFFD, and what that is does not depend on where they are cut', () => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (bytes, size) => {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      const text = decoder.decode(bytes);
      expect(merge(read(pieces))).toEqual(text === '' ? [] : [text]);
    }),
    { numRuns: 300 },
  );
});

test('after a flush the next text begins anew', () => {
  const raw = new RawText();
  raw.expect(secret);
  const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('b')];
  expect(raw.push(first)).toEqual([]);
  expect(raw.flush()).toBe('\uFFFD');
  expect(raw.push(second)).toEqual([{ text: 'b' }]);
});

test('what looks like the start of a marker is held until it is released, and a character behind it stays whole', () => {
  const raw = new RawText();
  raw.expect(secret);
  expect(raw.push(Buffer.from('a\0QS'))).toEqual([{ text: 'a' }]);
  expect(raw.mayHoldMarker).toBe(true);
  expect(raw.releaseMarker()).toBe('\0QS');
  expect(raw.mayHoldMarker).toBe(false);
  expect(raw.push(Buffer.from([0xc3]))).toEqual([]);
  expect(raw.releaseMarker()).toBe('');
  expect(raw.push(Buffer.from([0xa9]))).toEqual([{ text: 'é' }]);
});
