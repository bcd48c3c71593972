import { describe, expect, test } from 'vitest';
import { chartLayoutSchema, chartSeriesDataSchema } from '../src/index.ts';

const reads = (series: unknown): boolean => chartSeriesDataSchema.safeParse({ series: [series] }).success;
const base = { label: 'a', color: '#ff0000', axes: 0, total: 20 };

describe('series', () => {
  test.each<object>([
    { kind: 'line', ...base, x: [1, '2024-01-01', null], y: [1, 2, 3], step: 'mid', yError: { low: [1], high: [2] } },
    { kind: 'scatter', x: [], y: [], z: [], size: 4, sizes: [1, 2], colors: [0.5, '#ff0000'] },
    { kind: 'stem', x: [1], y: [2] },
    { kind: 'bar', orientation: 'vertical', x: ['a'], y: [1], base: [0], width: [0.8], colors: ['#ff0000'] },
    { kind: 'bar', orientation: 'horizontal', x: [1], y: ['a'], width: 0.8, xError: { low: [null], high: [null] } },
    { kind: 'histogram', orientation: 'vertical', edges: [0, 1], counts: [2], base: [1] },
    { kind: 'pie', labels: ['a'], values: [1], percentages: [100], colors: ['#ff0000'] },
    { kind: 'heatmap', x: [1], y: ['a'], values: [[null]], total: [100, 100] },
    { kind: 'hexbin', x: [1], y: [1], values: [1] },
    {
      kind: 'box',
      orientation: 'vertical',
      boxes: [{ label: 'a', low: 1, q1: 2, median: 3, q3: 4, high: 5, outliers: [9], total: 10 }],
    },
    { kind: 'violin', orientation: 'vertical', violins: [{ label: 1, at: [1], density: [0.5] }] },
    { kind: 'area', orientation: 'vertical', x: [1], low: [0], high: [1], values: [1] },
    { kind: 'reference', y: 5 },
    { kind: 'reference', x: [1, 2] },
    { kind: 'reference', x: 0, y: 0, slope: 2 },
    { kind: 'segments', x: [[1, 2]], y: [[3, 4]] },
    { kind: 'image', shape: [4, 4], extent: [0, 1, 1, 0] },
    { kind: 'other', name: 'Quiver', x: [1], y: [1] },
  ])('%j', (series) => {
    expect(reads(series)).toBe(true);
  });

  test.each<unknown>([
    null,
    [],
    {},
    { kind: 'radar', x: [], y: [] },
    { kind: 'line', x: [1] },
    { kind: 'line', x: [1], y: 'x' },
    { kind: 'line', x: [true], y: [1] },
    { kind: 'line', x: [[1]], y: [1] },
    { kind: 'line', x: [{}], y: [1] },
    { kind: 'line', x: [1], y: [1], more: 1 },
    { kind: 'line', x: [1], y: [1], label: 5 },
    { kind: 'line', x: [1], y: [1], axes: -1 },
    { kind: 'line', x: [1], y: [1], step: 'up' },
    { kind: 'bar', x: [1], y: [1] },
    { kind: 'heatmap', x: [1], y: [1], values: [1] },
    { kind: 'box', orientation: 'vertical', boxes: [{ label: 'a' }] },
    { kind: 'line', x: ['x'.repeat(20_000)], y: [1] },
    { kind: 'line', x: Array.from({ length: 60_000 }, () => 1), y: [1] },
  ])('%# is none', (series) => {
    expect(reads(series)).toBe(false);
  });

  test('there are at most as many as a chart may have', () => {
    const series = Array.from({ length: 201 }, () => ({ kind: 'line', x: [], y: [] }));
    expect(chartSeriesDataSchema.safeParse({ series }).success).toBe(false);
    expect(chartSeriesDataSchema.safeParse({ series: series.slice(1), omitted: 1 }).success).toBe(true);
  });
});

const axis = { scale: 'linear', range: [0, 1], ticks: [{ value: 0, label: '0' }] };
const axes = { type: 'line', position: [0, 0, 1, 1], x: axis, y: axis };
const size = { width: 640, height: 480 };

test.each<[string, object, boolean]>([
  ['one axes', { size, axes: [axes] }, true],
  [
    'everything',
    { size, axes: [{ ...axes, title: 't', twin: { axes: 0, shared: 'x' }, colorbar: { range: [0, 1] } }] },
    true,
  ],
  ['an axis with a unit, upside down', { size, axes: [{ ...axes, x: { ...axis, unit: 's', inverted: true } }] }, true],
  ['no size', { axes: [axes] }, false],
  ['no range', { size, axes: [{ ...axes, x: { scale: 'linear', ticks: [] } }] }, false],
  ['a type that is none', { size, axes: [{ ...axes, type: 'radar' }] }, false],
  ['unknown fields', { size, axes: [axes], script: 1 }, false],
])('a layout: %s', (_, layout, right) => {
  expect(chartLayoutSchema.safeParse(layout).success).toBe(right);
});
