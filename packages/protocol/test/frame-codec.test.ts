import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Frame,
  type FrameKind,
  FrameDecoder,
  MalformedFrameError,
  encodeFrame,
  frameKinds,
  frameLimits,
} from '../src/index.ts';

interface Case {
  name: string;
  kind: FrameKind;
  execution: number;
  payloadHex: string;
  frameHex: string;
}
const golden = JSON.parse(readFileSync(new URL('../../../conformance/wire/frames.json', import.meta.url), 'utf8')) as {
  frames: Case[];
  pieces: Case[];
  malformed: { name: string; hex: string; reason: string }[];
};
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const toFrame = ({ kind, execution, payloadHex }: Case): Frame => ({ kind, execution, payload: hex(payloadHex) });
const plain = (frames: Frame[]): unknown[] =>
  frames.map(({ kind, execution, payload }) => ({ kind, execution, payload: Buffer.from(payload).toString('hex') }));

/** Decodes in pieces of `size` bytes. */
function decodeInPieces(bytes: Uint8Array, size: number): Frame[] {
  const decoder = new FrameDecoder();
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; at += size) frames.push(...decoder.push(bytes.slice(at, at + size)));
  return frames;
}

describe('golden cases', () => {
  test.each(golden.frames)('encodes: $name', (item) => {
    expect(Buffer.concat(encodeFrame(toFrame(item))).toString('hex')).toBe(item.frameHex);
  });
  test.each([...golden.frames, ...golden.pieces])('decodes whole and byte by byte: $name', (item) => {
    for (const size of [1, 2, 3, 5, 8, 9, 10, 1 << 20]) {
      expect(plain(decodeInPieces(hex(item.frameHex), size))).toEqual(plain([toFrame(item)]));
    }
  });
  test.each(golden.malformed)('refuses, whole and byte by byte: $name', ({ hex: bytes, reason }) => {
    for (const size of [1, 4, 1 << 20]) expect(() => decodeInPieces(hex(bytes), size)).toThrow(reason);
  });
});

test('a payload of the largest size is one frame, and one byte more is two', () => {
  const largest = encodeFrame({ kind: 'result', execution: 1, payload: new Uint8Array(frameLimits.payloadBytes) });
  expect(largest.map((frame) => frame.length)).toEqual([frameLimits.payloadBytes + 9]);
  const over = encodeFrame({ kind: 'result', execution: 1, payload: new Uint8Array(frameLimits.payloadBytes + 1) });
  expect(over.map((frame) => frame.length)).toEqual([frameLimits.payloadBytes + 9, 10]);
  const decoded = decodeInPieces(Buffer.concat(over), 65_536);
  expect(decoded.map((frame) => [frame.kind, frame.payload.length])).toEqual([
    ['result', frameLimits.payloadBytes + 1],
  ]);
});

test('pieces over 64 MiB together are refused before they are held', () => {
  const decoder = new FrameDecoder();
  const part = new Uint8Array(frameLimits.payloadBytes + 9);
  new DataView(part.buffer).setUint32(0, frameLimits.payloadBytes, true);
  part[4] = frameKinds.part;
  for (let n = 0; n < 64; n++) decoder.push(part);
  expect(() => decoder.push(part)).toThrow(MalformedFrameError);
});

test('a broken decoder stays broken', () => {
  const decoder = new FrameDecoder();
  expect(() => decoder.push(hex('ffffffff1100000000'))).toThrow(MalformedFrameError);
  expect(() => decoder.push(hex('000000001601000000'))).toThrow(MalformedFrameError);
});

test('property: any frames, cut anywhere, come back as they were', () => {
  const kinds = Object.keys(frameKinds).filter((kind) => kind !== 'part') as FrameKind[];
  const frame = fc.record({
    kind: fc.constantFrom(...kinds),
    execution: fc.integer({ min: 0, max: 0xffff_ffff }),
    payload: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (frames, cuts) => {
        const bytes = Buffer.concat(frames.flatMap((item) => encodeFrame(item)));
        const decoder = new FrameDecoder();
        const decoded: Frame[] = [];
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const size = cuts[n % cuts.length] as number;
          decoded.push(...decoder.push(Uint8Array.from(bytes.subarray(at, at + size))));
          at += size;
        }
        expect(plain(decoded)).toEqual(plain(frames));
      },
    ),
  );
});

test('property: random bytes either decode or throw MalformedFrameError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        new FrameDecoder().push(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedFrameError);
      }
    }),
  );
});
