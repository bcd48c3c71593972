import { z } from 'zod';
import type { ChartData } from './chart-data.ts';
import { toPlotlyChart } from './plotly-chart.ts';
import { toVegaLiteChart } from './vega-lite-chart.ts';

// One place for every kernel: the same specification gives the same chart, whatever language it comes from.

const makers: ReadonlyArray<readonly [RegExp, (spec: Record<string, unknown>) => ChartData | undefined]> = [
  // Altair 6 writes a dot where others write a plus.
  [/^application\/vnd\.vegalite\.v\d{1,2}[+.]json$/, toVegaLiteChart],
  [/^application\/vnd\.plotly\.v1\+json$/, toPlotlyChart],
];

/** Specifications of charts by mime type, as a kernel sends them: an object each, of the mime types that {@link toChart} knows. */
export const chartSpecsSchema = z.record(
  z.string().refine((mime) => makers.some(([pattern]) => pattern.test(mime)), 'is no mime type of a chart'),
  z.record(z.string(), z.unknown()),
);

/**
 * The chart that a specification describes: Vega-Lite (`application/vnd.vegalite.v5+json`, any version) or Plotly
 * (`application/vnd.plotly.v1+json`). Undefined when there is none, or when it has no such shape.
 *
 * @example
 * toChart({ 'application/vnd.plotly.v1+json': { data: [{ type: 'bar', y: [1, 2] }] } })?.type // 'bar'
 */
export function toChart(specs: Readonly<Record<string, Record<string, unknown>>>): ChartData | undefined {
  for (const [mime, spec] of Object.entries(specs)) {
    const make = makers.find(([pattern]) => pattern.test(mime))?.[1];
    const chart = make?.(spec);
    if (chart) return chart;
  }
  return undefined;
}
