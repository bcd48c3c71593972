import { expect, test } from 'vitest';
import { ReadBudget, type Spenders } from '../src/read-budget.ts';

test('some time in advance, then a share of what passes', () => {
  let now = 1000;
  const budget = new ReadBudget(() => now, new Map());
  budget.spend(199);
  expect(budget.waitMs).toBe(0);
  budget.spend(13);
  expect(budget.waitMs).toBeCloseTo(21);
  now += 21;
  expect(budget.waitMs).toBe(0);
  now += 1_000_000;
  budget.spend(201);
  expect(budget.waitMs).toBeGreaterThan(0);
});

test.each([
  [1, 0.6],
  [2, 0.4],
  [4, 0.2],
  [16, 0.05],
])('each of %i that always wait as long as they are told gets %d of the time', (count, share) => {
  let now = 0;
  const spenders: Spenders = new Map();
  const budgets = Array.from({ length: count }, () => ({
    budget: new ReadBudget(() => now, spenders),
    due: 0,
    used: 0,
  }));
  while (now < 100_000) {
    for (const one of budgets) {
      if (one.due > now) continue;
      one.budget.spend(0.5);
      one.used += 0.5;
      one.due = now + one.budget.waitMs;
    }
    now += 0.5;
  }
  for (const { used } of budgets) expect(Math.abs(used / now - share) / share).toBeLessThan(0.15);
});

test('who has spent nothing for a while does not count', () => {
  let now = 0;
  const spenders: Spenders = new Map();
  const [one, other] = [new ReadBudget(() => now, spenders), new ReadBudget(() => now, spenders)];
  other.spend(1);
  one.spend(206);
  expect(one.waitMs).toBeCloseTo(16);
  now += 1000;
  one.spend(206);
  expect(one.waitMs).toBeCloseTo(11);
});
