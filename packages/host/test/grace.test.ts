import { expect, test } from 'vitest';
import { Grace } from '../src/grace.ts';

const answering = (delay: () => number, catchUp = async (): Promise<void> => {}) => ({
  watchDelay: () => delay,
  catchUp,
});
const neverDelayed = answering(() => 0);

/** When half of a grace and all of it had passed, in milliseconds. */
async function pass(ms: number, mostMs: number, delayed: (passed: number) => number): Promise<[number, number]> {
  const begun = performance.now();
  const passed = (): number => performance.now() - begun;
  const half = Promise.withResolvers<number>();
  const whole = Promise.withResolvers<number>();
  const onHalf = (): void => half.resolve(passed());
  const onPassed = (): void => whole.resolve(passed());
  using grace = new Grace(
    answering(() => delayed(passed())),
    { ms, mostMs, onHalf, onPassed },
  );
  expect(grace).toBeDefined();
  return [await half.promise, await whole.promise];
}

test('time in which the other side was delayed does not count', async () => {
  const [half, whole] = await pass(20, 10_000, (passed) => Math.min(passed, 100));
  expect(half).toBeGreaterThanOrEqual(110);
  expect(whole).toBeGreaterThanOrEqual(120);
});

test('however long it was delayed, it ends', async () => {
  const [half, whole] = await pass(20, 200, (passed) => passed);
  expect(half).toBeGreaterThanOrEqual(100);
  expect(whole).toBeGreaterThanOrEqual(200);
});

test('an answer ends it, in both halves and in what is read last', async () => {
  const told: string[] = [];
  const options = { ms: 20, mostMs: 20, onPassed: () => told.push('passed') };
  new Grace(neverDelayed, { ...options, onHalf: () => told.push('half') })[Symbol.dispose]();
  const half = Promise.withResolvers<void>();
  const onHalf = (): void => (first[Symbol.dispose](), half.resolve());
  const first = new Grace(neverDelayed, { ...options, onHalf });
  await half.promise;
  const whole = Promise.withResolvers<void>();
  const answer = async (): Promise<void> => (second[Symbol.dispose](), whole.resolve());
  const second = new Grace(
    answering(() => 0, answer),
    { ...options, onHalf: () => {} },
  );
  await whole.promise;
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(told).toEqual([]);
});
