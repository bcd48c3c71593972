import type { Samples } from './samples.ts';

/** What a figure is to reach. */
export interface Target {
  readonly at: 'most' | 'least';
  readonly value: number;
  /** `ratio`: the middle as a multiple of the floor's; a middle unless named. */
  readonly of?: 'p50' | 'p95' | 'ratio';
}

/** One thing that was measured. */
export interface Figure extends Samples {
  readonly name: string;
  readonly unit: 'ms' | 'MB' | 'MB/s' | '1/s';
  /** What the machine can do at best, measured in the same run. */
  readonly floor?: Samples & { readonly name: string };
  readonly targets: readonly Target[];
}

/** The middle as a multiple of the floor's. */
export function ratioOf({ p50, floor }: Figure): number | undefined {
  return floor && p50 / floor.p50;
}

/** Whether a figure reaches a target. */
export function reaches(figure: Figure, { at, value, of = 'p50' }: Target): boolean {
  const measured = of === 'ratio' ? (ratioOf(figure) ?? Number.NaN) : figure[of];
  return at === 'most' ? measured <= value : measured >= value;
}

/** Whether what the machine can do at best misses a target, too: then nothing that runs on this machine reaches it. */
export function isOutOfReach(figure: Figure, target: Target): boolean {
  const { floor } = figure;
  return floor !== undefined && target.of !== 'ratio' && !reaches({ ...figure, ...floor }, target);
}
