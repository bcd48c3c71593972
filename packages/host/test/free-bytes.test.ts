import { expect, test } from 'vitest';
import { freeBytes } from '../src/free-bytes.ts';

test('memory is given back whole, or not at all', () => {
  const whole = new Uint8Array(20_000);
  const memory = whole.buffer;
  freeBytes(whole.subarray(1));
  freeBytes(whole.subarray(0, 19_999));
  expect(whole.length).toBe(20_000);
  freeBytes(whole);
  expect(whole.length).toBe(0);
  expect(memory.byteLength).toBe(0);
  freeBytes(whole);
});

test('what is small is left, and so is what others may use', () => {
  const small = new Uint8Array(1000);
  const pooled = Buffer.from('in memory that others use, too');
  const shared = new Uint8Array(new SharedArrayBuffer(20_000));
  for (const bytes of [small, pooled, shared]) {
    const { length } = bytes;
    freeBytes(bytes);
    expect(bytes.length).toBe(length);
  }
});
