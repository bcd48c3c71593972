import { SandboxError } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import type { Box, RunFields } from './box.ts';
import type { Suite } from './suite.ts';

const lines = 40;

/** Prints numbers of its own on both streams, in bursts and one by one, through the kernel and through children. */
const toCode = (n: number): string => `
import os, sys, time
for i in range(${lines}):
    print(f'${n} {i}')
    if i % 8 == 0: print(f'${n} {i}', file=sys.stderr)
    if i % 10 == ${n % 10}: time.sleep(0.001)
    if i == ${n % lines} and ${n} % 5 == 0: os.system('echo ${n} child')
${n}`;

/** What that must give, line by line. */
function expectOwn(run: { stdout: string; stderr: string; order: string[] }, n: number): void {
  const own = Array.from({ length: lines }, (_, i) => [`${n} ${i}`]);
  if (n % 5 === 0) own[n % lines]?.push(`${n} child`);
  expect(run.stdout).toBe(`${own.flat().join('\n')}\n`);
  const errors = Array.from({ length: lines / 8 }, (_, i) => `${n} ${8 * i}\n`);
  expect(run.stderr).toBe(errors.join(''));
  expect(run.order.at(-1)).toBe(`result ${n}`);
}

/** Many executions at the same time: none lost, mixed up or in the wrong order; and a queue has an end. */
export function describeLoad(suite: Suite): void {
  suite.topic('load', () => {
    test('500 executions at once over 50 contexts in 20 sandboxes', { timeout: 60_000 }, async () => {
      const boxes = Array.from({ length: 20 }, () => suite.box());
      const places: { box: Box; fields: RunFields }[] = [];
      const contexts = boxes.flatMap((box, n) => Array.from({ length: n % 2 === 0 ? 3 : 2 }, () => box));
      expect(contexts).toHaveLength(50);
      await Promise.all(
        contexts.map(async (box) => places.push({ box, fields: { contextId: (await box.createContext()).id } })),
      );
      const runs = await Promise.all(
        Array.from({ length: 500 }, async (_, n) => {
          const place = places[n % places.length];
          if (!place) throw new Error('no place');
          return place.box.run(toCode(n), place.fields);
        }),
      );
      const counts = new Map<string, number[]>();
      for (const [n, run] of runs.entries()) {
        expectOwn(run, n);
        expect(run.end).toMatchObject({ outcome: 'ok', state: 'kept' });
        const key = String(n % places.length);
        counts.set(key, [...(counts.get(key) ?? []), run.end.execution_count ?? 0]);
      }
      // Ten in each context, each counted once.
      for (const count of counts.values()) {
        expect(count.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      }
    });

    test('300 at once in one context: what is over the bound is refused, told when to come again, and never runs', async () => {
      const box = suite.box();
      const first = await box.start(`n = 0\nprint('begun')\nwhile True: pass`);
      await first.until('begun');
      const started = await Promise.allSettled(Array.from({ length: 300 }, () => box.start('n += 1')));
      const streams = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(streams).toHaveLength(100);
      for (const result of started) {
        if (result.status === 'fulfilled') continue;
        expect(SandboxError.is(result.reason) && result.reason).toMatchObject({
          code: 'too_many_executions',
          status: 429,
          retryable: true,
        });
      }
      const refused = await suite.client.json('POST', `${box.path}/executions`, { body: { code: '1' } });
      expect(refused.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
      await box.cancel(first.executionId);
      for (const run of await Promise.all([first, ...streams].map((stream) => stream.rest()))) void run.end;
      expect((await box.run('n')).order).toEqual(['result 100']);
    });
  });
}
