import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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

test('a payload in pieces of one byte costs what its bytes cost', () => {
  const decoder = new FrameDecoder();
  const count = 200_000;
  const piece = hex('01000000000300000078');
  const pieces = Buffer.alloc(count * piece.length);
  for (let at = 0; at < pieces.length; at += piece.length) pieces.set(piece, at);
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const held = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = held();
  const whole = decoder.push(pieces);
  expect(held() - before).toBeLessThan(count * 10);
  expect(whole).toEqual([]);
  const [frame] = decoder.push(hex('000000001303000000'));
  expect([frame?.kind, frame?.payload.length]).toEqual(['result', count]);
});

const kinds = Object.keys(frameKinds).filter((kind) => kind !== 'part') as FrameKind[];
const anyFrame = fc.record({
  kind: fc.constantFrom(...kinds),
  execution: fc.integer({ min: 0, max: 0xffff_ffff }),
  payload: fc.uint8Array({ maxLength: 300 }),
});
const header = (length: number, kind: number, execution = 1): Buffer => {
  const bytes = Buffer.alloc(frameLimits.headerBytes);
  bytes.writeUInt32LE(length, 0);
  bytes.writeUInt8(kind, 4);
  bytes.writeUInt32LE(execution, 5);
  return bytes;
};

/** What is decoded of pieces, up to the first malformed frame. */
function decodeAll(pieces: Iterable<Uint8Array>): { frames: unknown[]; reason: string | undefined } {
  const decoder = new FrameDecoder();
  const frames: Frame[] = [];
  try {
    for (const piece of pieces) frames.push(...decoder.push(Uint8Array.from(piece)));
  } catch (error) {
    if (!(error instanceof MalformedFrameError)) throw error;
    return { frames: plain([...frames, ...error.frames]), reason: error.message };
  }
  return { frames: plain(frames), reason: undefined };
}

test('property: any frames, split in two at any byte, come back as they were', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 4 }), (frames) => {
      const bytes = Buffer.concat(frames.flatMap((item) => encodeFrame(item)));
      for (let at = 0; at <= bytes.length; at++) {
        const found = decodeAll([bytes.subarray(0, at), bytes.subarray(at)]);
        expect(found).toEqual({ frames: plain(frames), reason: undefined });
      }
    }),
    { numRuns: 20 },
  );
});

test('property: any frames, cut anywhere, come back as they were', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 8 }), cuts, (frames, sizes) => {
      const bytes = Buffer.concat(frames.flatMap((item) => encodeFrame(item)));
      const pieces: Uint8Array[] = [];
      for (let at = 0, n = 0; at < bytes.length; n++) {
        const size = sizes[n % sizes.length] as number;
        pieces.push(bytes.subarray(at, at + size));
        at += size;
      }
      expect(decodeAll(pieces)).toEqual({ frames: plain(frames), reason: undefined });
    }),
  );
});

test('property: payloads of every size around the limits come back, in frames that none is too long', () => {
  const { payloadBytes, headerBytes } = frameLimits;
  const around = [0, payloadBytes, 2 * payloadBytes].flatMap((size) => [-2, -1, 0, 1, 2].map((off) => size + off));
  const size = fc.constantFrom(...around.filter((length) => length >= 0));
  fc.assert(
    fc.property(size, fc.integer({ min: 1, max: 3 * payloadBytes }), (length, cut) => {
      const payload = Buffer.alloc(length, 'quicksand');
      const frames = encodeFrame({ kind: 'result', execution: 5, payload });
      expect(frames).toHaveLength(Math.max(1, Math.ceil(length / payloadBytes)));
      for (const frame of frames) expect(frame.length - headerBytes).toBeLessThanOrEqual(payloadBytes);
      const bytes = Buffer.concat(frames);
      const decoder = new FrameDecoder();
      const [decoded, ...more] = [...decoder.push(bytes.subarray(0, cut)), ...decoder.push(bytes.subarray(cut))];
      expect(more).toEqual([]);
      expect(payload.equals(decoded?.payload as Uint8Array)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('property: a length over the limit and a kind that is unknown are refused at the header, and what came before counts', () => {
  const known = new Set<number>(Object.values(frameKinds));
  const wrong = fc.oneof(
    fc.record({ length: fc.integer({ min: frameLimits.payloadBytes + 1, max: 0xffff_ffff }), kind: fc.nat(255) }),
    fc.record({
      length: fc.integer({ min: 0, max: frameLimits.payloadBytes }),
      kind: fc.nat(255).filter((kind) => !known.has(kind)),
    }),
  );
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 3 }), wrong, fc.nat(), (frames, { length, kind }, cut) => {
      const bytes = Buffer.concat([...frames.flatMap((item) => encodeFrame(item)), header(length, kind)]);
      const at = cut % bytes.length;
      const found = decodeAll([bytes.subarray(0, at), bytes.subarray(at)]);
      expect(found.frames).toEqual(plain(frames));
      expect(found.reason).toMatch(/length|kind/);
    }),
  );
});

test('property: what random bytes decode to does not depend on where they are cut', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    // Mostly right: real frames with one byte changed.
    fc.tuple(fc.array(anyFrame, { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(255)).map(([frames, at, value]) => {
      const whole = Buffer.concat(frames.flatMap((item) => encodeFrame(item)));
      whole[at % whole.length] = value;
      return whole;
    }),
  );
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 30 }), (given, size) => {
      const pieces = Array.from({ length: Math.ceil(given.length / size) }, (_, n) =>
        given.subarray(n * size, (n + 1) * size),
      );
      expect(decodeAll(pieces)).toEqual(decodeAll([given]));
    }),
    { numRuns: 300 },
  );
});
