import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RawPipe } from '../src/raw-pipe.ts';

const secret = '00112233445566778899aabbccddeeff';
const marker = Buffer.concat([Buffer.from(`\0QS\x01${secret}`, 'latin1'), Buffer.from([7, 0, 0, 0, 0])]);

/** A pipe that is read only when the test says so, and a writing end of it. */
async function openPipe() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'raw-pipe-')));
  const path = join(folder.path, 'pipe');
  execFileSync('mkfifo', [path]);
  const got: (string | number)[] = [];
  const sink = { onRawText: (text: string) => got.push(text), onMarker: (sequence: number) => got.push(sequence) };
  const pipe = new RawPipe(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), sink);
  pipe.pause();
  pipe.scanner.expect(secret);
  const fd = openSync(path, constants.O_WRONLY);
  stack.defer(() => (closeSync(fd), pipe.destroy()));
  return {
    pipe,
    got,
    write: (bytes: Uint8Array | string) => writeSync(fd, Buffer.from(bytes)),
    close: () => stack.disposeAsync(),
  };
}

test('what looks like the start of a marker is handed on when there is no more of it', async () => {
  const { pipe, got, write, close } = await openPipe();
  write('a\0Q');
  pipe.drain();
  expect(got).toEqual(['a']);
  pipe.settleMarker();
  expect(got).toEqual(['a', '\0Q']);
  pipe.settleMarker();
  expect(got).toHaveLength(2);
  await close();
});

test.each([1, 4, 20, 40])('a marker of which %i bytes were read is still one', async (bytes) => {
  const { pipe, got, write, close } = await openPipe();
  write(marker);
  pipe.drain(bytes);
  expect(got).toEqual([]);
  pipe.settleMarker();
  expect(got).toEqual([7]);
  await close();
});

test('no more is read than decides', async () => {
  const { pipe, got, write, close } = await openPipe();
  write(`\0${'x'.repeat(100)}`);
  pipe.drain(1);
  pipe.settleMarker();
  expect(got.join('')).toBe(`\0${'x'.repeat(marker.length)}`);
  await close();
});
