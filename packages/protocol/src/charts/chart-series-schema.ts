import { z } from 'zod';
import { chartTypes } from './chart-data.ts';
import type { ChartLayout, ChartSeriesData, ChartValue } from './chart-series.ts';

// What a kernel sends comes from hostile code: nothing unknown gets in, and everything has an end. Long lists are checked in one go, since a
// schema for each number would take longer than drawing it.

/** How much a chart may hold. A kernel keeps to less, and says in the chart what it has left out. */
const most = { values: 50_000, rows: 5_000, series: 200, axes: 100, text: 10_000 } as const;

const text = z.string().max(most.text);
const value = z.custom<ChartValue>(isValue, 'must be a number, a string or null');
const values = z.custom<ChartValue[]>(isValues, `must be a list of at most ${most.values} numbers, strings and nulls`);
const rows = z.custom<ChartValue[][]>(
  (list) => Array.isArray(list) && list.length <= most.rows && list.every(isValues),
  `must be a list of at most ${most.rows} lists of values`,
);
const count = z.int().nonnegative();
const orientation = z.enum(['vertical', 'horizontal']);
const type = z.enum(chartTypes);
const error = z.strictObject({ low: values, high: values }).exactOptional();

const base = {
  label: text.exactOptional(),
  color: text.exactOptional(),
  axes: count.exactOptional(),
  total: z.union([count, z.tuple([count, count])]).exactOptional(),
};
const points = {
  x: values,
  y: values,
  z: values.exactOptional(),
  step: z.enum(['pre', 'mid', 'post']).exactOptional(),
  size: z.number().exactOptional(),
  sizes: values.exactOptional(),
  colors: values.exactOptional(),
  xError: error,
  yError: error,
};
const other = {
  levels: values.exactOptional(),
  shape: z.tuple([count, count]).exactOptional(),
  extent: values.exactOptional(),
  name: text.exactOptional(),
  x: values.exactOptional(),
  y: values.exactOptional(),
};
const box = z.strictObject({
  label: value,
  low: value,
  q1: value,
  median: value,
  q3: value,
  high: value,
  mean: value.exactOptional(),
  outliers: values,
  total: count.exactOptional(),
});
const violin = z.strictObject({
  label: value,
  low: value.exactOptional(),
  median: value.exactOptional(),
  mean: value.exactOptional(),
  high: value.exactOptional(),
  at: values,
  density: values,
});
const end = z.union([value, z.tuple([value, value])]).exactOptional();

const series = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['line', 'scatter', 'stem']), ...base, ...points }),
  z.strictObject({
    kind: z.literal('bar'),
    ...base,
    orientation,
    x: values,
    y: values,
    base: values.exactOptional(),
    width: z.union([z.number(), z.null(), values]).exactOptional(),
    colors: values.exactOptional(),
    xError: error,
    yError: error,
  }),
  z.strictObject({
    kind: z.literal('histogram'),
    ...base,
    orientation,
    edges: values,
    counts: values,
    base: values.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('pie'),
    ...base,
    labels: z.array(text).max(most.rows),
    values,
    percentages: values,
    colors: z.array(text).max(most.rows),
  }),
  z.strictObject({ kind: z.literal('heatmap'), ...base, x: values, y: values, values: rows }),
  z.strictObject({ kind: z.literal('hexbin'), ...base, x: values, y: values, values }),
  z.strictObject({ kind: z.literal('box'), ...base, orientation, boxes: z.array(box).max(most.rows) }),
  z.strictObject({ kind: z.literal('violin'), ...base, orientation, violins: z.array(violin).max(most.rows) }),
  z.strictObject({
    kind: z.literal('area'),
    ...base,
    orientation,
    x: values.exactOptional(),
    y: values.exactOptional(),
    low: values,
    high: values,
    values: values.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('reference'), ...base, x: end, y: end, slope: value.exactOptional() }),
  z.strictObject({ kind: z.enum(['segments', 'polygons']), ...base, x: rows, y: rows }),
  z.strictObject({ kind: z.enum(['contour', 'image', 'other']), ...base, ...other }),
]);

/** `data` of a chart by matplotlib or seaborn. */
export const chartSeriesDataSchema: z.ZodType<ChartSeriesData> = z.strictObject({
  series: z.array(series).max(most.series),
  omitted: count.exactOptional(),
});

const axis = z.strictObject({
  label: text.exactOptional(),
  unit: text.exactOptional(),
  scale: z.string().max(100),
  range: z.tuple([value, value]),
  inverted: z.literal(true).exactOptional(),
  ticks: z.array(z.strictObject({ value, label: text })).max(1000),
});
const axes = z.strictObject({
  type,
  title: text.exactOptional(),
  projection: z.string().max(100).exactOptional(),
  position: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  twin: z.strictObject({ axes: count, shared: z.enum(['x', 'y']) }).exactOptional(),
  x: axis,
  y: axis,
  z: axis.exactOptional(),
  legend: z.strictObject({ title: text.exactOptional(), labels: z.array(text).max(1000) }).exactOptional(),
  colorbar: z.strictObject({ label: text.exactOptional(), range: z.tuple([value, value]) }).exactOptional(),
});

/** `layout` of a chart by matplotlib or seaborn. */
export const chartLayoutSchema: z.ZodType<ChartLayout> = z.strictObject({
  size: z.strictObject({ width: z.number(), height: z.number() }),
  axes: z.array(axes).max(most.axes),
});

function isValue(item: unknown): item is ChartValue {
  return typeof item === 'number' || item === null || (typeof item === 'string' && item.length <= most.text);
}

function isValues(list: unknown): list is ChartValue[] {
  return Array.isArray(list) && list.length <= most.values && list.every(isValue);
}
