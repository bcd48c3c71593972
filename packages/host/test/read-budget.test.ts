import { expect, test } from 'vitest';
import { ReadBudget } from '../src/read-budget.ts';

test('some time in advance, then a share of what passes', () => {
  let now = 1000;
  const budget = new ReadBudget(() => now);
  budget.spend(199);
  expect(budget.waitMs).toBe(0);
  budget.spend(11);
  expect(budget.waitMs).toBeCloseTo(51);
  now += 51;
  expect(budget.waitMs).toBe(0);
  now += 1_000_000;
  budget.spend(201);
  expect(budget.waitMs).toBeGreaterThan(0);
});

test('whoever always waits as long as it is told gets a fifth of the time', () => {
  let now = 0;
  let used = 0;
  const budget = new ReadBudget(() => now);
  while (now < 100_000) {
    now += 3;
    used += 3;
    budget.spend(3);
    now += budget.waitMs;
  }
  expect(used / now).toBeGreaterThan(0.17);
  expect(used / now).toBeLessThan(0.21);
});
