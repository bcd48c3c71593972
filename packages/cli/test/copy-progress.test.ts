import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CopyProgress } from '../src/copy-progress.ts';

let said = '';

beforeEach(() => {
  said = '';
  vi.useFakeTimers();
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('a copy that ends soon says nothing', () => {
  {
    using _ = new CopyProgress('small', true);
    vi.advanceTimersByTime(999);
  }
  vi.advanceTimersByTime(10_000);
  expect(said).toBe('');
});

test('one that takes longer says how far it is, and where it ended', () => {
  {
    using progress = new CopyProgress('long', true);
    progress.total = 10;
    vi.advanceTimersByTime(1000);
    expect(said).toBe('\rlong: 0 B of 10 B, 0 %   ');
  }
  expect(said).toMatch(/%   \n$/);
});
