/** Many measurements of one thing, in few numbers. */
export interface Samples {
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly n: number;
}

/** Sums up measurements. Throws for none: a figure without one is a mistake. */
export function summarize(values: readonly number[]): Samples {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
    if (value === undefined || !Number.isFinite(value)) throw new Error('nothing was measured');
    return value;
  };
  return { min: at(0), p50: at(0.5), p95: at(0.95), n: sorted.length };
}

/** The same in another unit, or many times. */
export function scale({ min, p50, p95, n }: Samples, factor: number): Samples {
  return { min: min * factor, p50: p50 * factor, p95: p95 * factor, n };
}
