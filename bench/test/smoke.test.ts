import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Figure } from '../src/figure.ts';
import { rows } from '../src/rows.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('every figure can be measured', { timeout: 300_000 }, async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, '--smoke'], { maxBuffer: 1 << 24 });
  const { figures, leftOut } = JSON.parse(stdout) as { figures: Figure[]; leftOut: string[] };
  for (const { name, min, p50, p95, n, floor } of figures) {
    // A growth may be none; what one thing adds to another may be less than nothing on a busy machine.
    for (const value of [min, p50, p95, floor?.p50 ?? 1]) expect(value, name).toEqual(expect.any(Number));
    expect(n, name).toBeGreaterThan(0);
    expect(floor?.p50 ?? 1, `floor of ${name}`).toBeGreaterThan(0);
  }
  expect(new Set(figures.map(({ name }) => name)).size).toBe(figures.length);
  // Rows are left out only where the host has no kernel for them, and say so.
  expect(rows.filter(({ name, language }) => language === undefined && leftOut.includes(name))).toEqual([]);
  for (const { name } of rows) if (!leftOut.includes(name)) expect(stderr).toMatch(new RegExp(`^  ${name} `, 'm'));
});

test('a row that there is not is named, beside those that there are', async () => {
  const running = promisify(execFile)(process.execPath, [main, 'new-sandbox']);
  await expect(running).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('new-sandbox-warm') });
});
