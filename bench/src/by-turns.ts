import { type Samples, summarize } from './samples.ts';

/** One of several things that are measured by turns: what it takes, `n` times in all. */
export interface Turn {
  readonly n: number;
  measure(): Promise<number>;
}

/** Measures several things by turns, a part of each in every round: a machine is not the same from one second to the next, and so that concerns all of them. */
export async function byTurns<Turns extends readonly Turn[]>(
  rounds: number,
  ...turns: Turns
): Promise<{ [Index in keyof Turns]: Samples }> {
  const values = turns.map((): number[] => []);
  for (let round = 1; round <= rounds; round++)
    for (const [index, { n, measure }] of turns.entries()) {
      const taken = values[index] ?? [];
      while (taken.length < Math.round((n * round) / rounds)) taken.push(await measure());
    }
  return values.map((taken) => summarize(taken)) as { [Index in keyof Turns]: Samples };
}

/** How long something takes, in milliseconds. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
