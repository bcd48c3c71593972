import { z } from 'zod';

/** What a chart can be called. `unknown`: none of these, or several at once; its series still are in `data`. */
export const chartTypes = ['line', 'bar', 'scatter', 'pie', 'histogram', 'heatmap', 'unknown'] as const;

/** What a chart was made with. `altair` stands for every Vega-Lite chart. */
export const chartLibraries = ['matplotlib', 'plotly', 'altair', 'seaborn', 'unknown'] as const;

/** The envelope of a chart. What is in `data`, `layout` and `config` depends on the library: docs/charts.md. */
export const chartDataSchema = z.strictObject({
  type: z.enum(chartTypes),
  title: z.string().max(10_000).optional(),
  data: z.unknown().refine((data) => typeof data === 'object' && data !== null, 'must be an object or a list'),
  layout: z.record(z.string(), z.unknown()).optional(),
  config: z.record(z.string(), z.unknown()).optional(),
  library: z.enum(chartLibraries).optional(),
  image: z.string().optional(),
});

/** A chart as data, so that an application can draw it again or read its numbers. */
export interface ChartData {
  type: 'line' | 'bar' | 'scatter' | 'pie' | 'histogram' | 'heatmap' | 'unknown';
  title?: string;
  /** matplotlib, seaborn: {@link ChartSeriesData}; plotly: its traces; altair: the Vega-Lite specification. */
  // oxlint-disable-next-line no-explicit-any -- the field's own type in the API that this one stands in for
  data: any;
  /** matplotlib, seaborn: {@link ChartLayout}; plotly: its layout. */
  // oxlint-disable-next-line no-explicit-any
  layout?: any;
  // oxlint-disable-next-line no-explicit-any
  config?: any;
  library?: 'matplotlib' | 'plotly' | 'altair' | 'seaborn' | 'unknown';
  image?: string;
}
