import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { defaultDataFolder } from '@quicksand/host';
import {
  type Frame,
  type FrameKind,
  FrameDecoder,
  MalformedFrameError,
  encodeFrame,
  frameKinds,
  frameLimits,
} from '@quicksand/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

// The host's codec of kernel frames and the one of the Python kernels are two programs for one format: whatever is given to both, they agree.

const program = fileURLToPath(new URL('../../packages/kernels/python/tests/codec_peer.py', import.meta.url));

type Answer = { bytes: string } & { frames: [string, number, string][]; malformed: boolean };

let child: ChildProcess;
let answers: AsyncIterator<string>;

beforeAll(async () => {
  const { python } = JSON.parse(await readFile(join(defaultDataFolder(), 'environment.json'), 'utf8')) as {
    python: string;
  };
  child = spawn(python, ['-I', '-B', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  answers = createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]();
});
afterAll(() => void (child.stdin as Writable).end());

async function ask(request: object): Promise<Answer> {
  (child.stdin as Writable).write(`${JSON.stringify(request)}\n`);
  const { value } = await answers.next();
  return JSON.parse(value as string) as Answer;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const encodeAll = (frames: readonly Frame[]): Buffer => Buffer.concat(frames.flatMap((frame) => encodeFrame(frame)));
const cut = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));

function decode(pieces: readonly Uint8Array[]): { frames: unknown[]; malformed: boolean } {
  const decoder = new FrameDecoder();
  const frames: Frame[] = [];
  let malformed = false;
  try {
    for (const piece of pieces) frames.push(...decoder.push(Uint8Array.from(piece)));
  } catch (error) {
    if (!(error instanceof MalformedFrameError)) throw error;
    malformed = true;
  }
  return { frames: frames.map(({ kind, execution, payload }) => [kind, execution, hex(payload)]), malformed };
}

const kinds = Object.keys(frameKinds).filter((kind) => kind !== 'part') as FrameKind[];
const frame = fc.record({
  kind: fc.constantFrom(...kinds),
  execution: fc.integer({ min: 0, max: 0xffff_ffff }),
  payload: fc.uint8Array({ maxLength: 100 }),
});
const frames = fc.array(frame, { minLength: 1, maxLength: 4 });
const size = fc.integer({ min: 1, max: 50 });

test('property: both encode the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(frame, async (given) => {
      const { bytes } = await ask({ encode: [given.kind, given.execution, hex(given.payload)] });
      expect(bytes).toBe(hex(encodeAll([given])));
    }),
  );
});

test('property: both decode the same frames, wherever the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(frames, size, async (given, length) => {
      const pieces = cut(encodeAll(given), length);
      const expected = given.map(({ kind, execution, payload }) => [kind, execution, hex(payload)]);
      expect(decode(pieces)).toEqual({ frames: expected, malformed: false });
      expect(await ask({ decode: pieces.map(hex) })).toEqual({ frames: expected, malformed: false });
    }),
  );
});

test('property: both refuse the same bytes, and read the same before', async () => {
  const header = fc
    .tuple(fc.integer({ min: 0, max: 40 }), fc.nat(255), fc.integer({ min: 0, max: 3 }))
    .map(([length, kind, execution]) => {
      const bytes = Buffer.alloc(9 + length);
      bytes.writeUInt32LE(length, 0);
      bytes.writeUInt8(kind < 128 ? kind % 24 : kind, 4);
      bytes.writeUInt32LE(execution, 5);
      return bytes;
    });
  const changed = fc.tuple(frames, fc.nat(), fc.nat(255)).map(([given, at, value]) => {
    const bytes = encodeAll(given);
    bytes[at % bytes.length] = value;
    return bytes;
  });
  // Headers of every kind behind each other make pieces of payloads, of one execution and of several.
  const bytes = fc.oneof(
    changed,
    fc.array(header, { maxLength: 6 }).map((parts) => Buffer.concat(parts)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (given) => {
      const pieces = cut(given, 1);
      expect(await ask({ decode: pieces.map(hex) })).toEqual(decode(pieces));
    }),
    { numRuns: 500 },
  );
});

test('property: payloads of every size around the limits are the same frames to both', async () => {
  const { payloadBytes } = frameLimits;
  const sizes = [0, payloadBytes, 2 * payloadBytes].flatMap((at) => [-1, 0, 1].map((off) => at + off));
  const length = fc.constantFrom(...sizes.filter((each) => each >= 0));
  await fc.assert(
    fc.asyncProperty(length, fc.integer({ min: 1, max: 3 * payloadBytes }), async (bytes, at) => {
      const payload = Buffer.alloc(bytes, 'quicksand');
      const encoded = encodeAll([{ kind: 'result', execution: 5, payload }]);
      expect((await ask({ encode: ['result', 5, hex(payload)] })).bytes === hex(encoded)).toBe(true);
      const answer = await ask({ decode: [encoded.subarray(0, at), encoded.subarray(at)].map(hex) });
      expect([answer.malformed, answer.frames.length, answer.frames[0]?.[2] === hex(payload)]).toEqual([
        false,
        1,
        true,
      ]);
    }),
    { numRuns: 20 },
  );
});

test('property: both refuse a length over the limit and an unknown kind at the header, whatever came before', async () => {
  const known = new Set<number>(Object.values(frameKinds));
  const wrong = fc.oneof(
    fc.tuple(fc.integer({ min: frameLimits.payloadBytes + 1, max: 0xffff_ffff }), fc.nat(255)),
    fc.tuple(
      fc.integer({ min: 0, max: frameLimits.payloadBytes }),
      fc.nat(255).filter((kind) => !known.has(kind)),
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 3 }), wrong, size, async (given, [length, kind], pieces) => {
      const header = Buffer.alloc(frameLimits.headerBytes);
      header.writeUInt32LE(length, 0);
      header.writeUInt8(kind, 4);
      const cuts = cut(Buffer.concat([encodeAll(given), header]), pieces);
      const [own, other] = [decode(cuts), await ask({ decode: cuts.map(hex) })];
      expect(own.malformed).toBe(true);
      expect(other).toEqual(own);
    }),
  );
});

test('what one cuts into pieces the other joins', async () => {
  const { bytes } = await ask({ encode: ['result', 1, '78'.repeat(2 * 1024 * 1024 + 1)] });
  const decoded = decode([Buffer.from(bytes, 'hex')]);
  expect(decoded).toEqual({ frames: [['result', 1, '78'.repeat(2 * 1024 * 1024 + 1)]], malformed: false });
});
