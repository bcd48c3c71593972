import { describe, expect, test } from 'vitest';
import { chartDataSchema, chartSpecsSchema, toChart } from '../src/index.ts';

const plotly = 'application/vnd.plotly.v1+json';
const vegaLite = 'application/vnd.vegalite.v5+json';

describe('Plotly figures', () => {
  const typeOf = (...data: object[]): unknown => toChart({ [plotly]: { data, layout: {} } })?.type;

  test.each([
    [{ type: 'scatter', mode: 'markers' }, 'scatter'],
    [{ type: 'scattergl', mode: 'lines+markers' }, 'line'],
    [{ x: [1], y: [2] }, 'line'],
    [{ type: 'scatter', mode: 'lines', stackgroup: '1' }, 'unknown'],
    [{ type: 'scatter', mode: 'lines', fill: 'tozeroy' }, 'unknown'],
    [{ type: 'scatter', mode: 'text' }, 'unknown'],
    [{ type: 'bar' }, 'bar'],
    [{ type: 'pie' }, 'pie'],
    [{ type: 'histogram' }, 'histogram'],
    [{ type: 'heatmap' }, 'heatmap'],
    [{ type: 'histogram2d' }, 'heatmap'],
    [{ type: 'box' }, 'unknown'],
    [{ type: 'constructor' }, 'unknown'],
    [{ type: 7 }, 'unknown'],
  ])('%j is a %s', (trace, type) => {
    expect(typeOf(trace)).toBe(type);
  });

  test('traces that differ have no common name; those that agree have', () => {
    expect(typeOf({ type: 'bar' }, { type: 'bar' })).toBe('bar');
    expect(typeOf({ type: 'bar' }, { mode: 'lines' })).toBe('unknown');
    expect(typeOf()).toBe('unknown');
  });

  test('traces, layout and config are as they came; the title is read', () => {
    const figure = {
      data: [{ type: 'bar', x: ['a'], y: [1] }],
      layout: { title: { text: 'T' } },
      config: { responsive: true },
    };
    expect(toChart({ [plotly]: figure })).toEqual({ type: 'bar', title: 'T', ...figure, library: 'plotly' });
    expect(toChart({ [plotly]: { data: [], layout: { title: 'short' } } })?.title).toBe('short');
  });

  test.each([{ data: 'x' }, { data: [1] }, { data: [[1]] }])('%j is none', (figure) => {
    expect(toChart({ [plotly]: figure })).toBeUndefined();
  });
});

describe('Vega-Lite specifications', () => {
  const typeOf = (spec: Record<string, unknown>): unknown => toChart({ [vegaLite]: spec })?.type;
  const bins = { x: { field: 'a', bin: true }, y: { aggregate: 'count' } };

  test.each([
    [{ mark: 'line' }, 'line'],
    [{ mark: { type: 'point' } }, 'scatter'],
    [{ mark: 'circle' }, 'scatter'],
    [{ mark: 'bar' }, 'bar'],
    [{ mark: 'bar', encoding: bins }, 'histogram'],
    [{ mark: 'arc' }, 'pie'],
    [{ mark: 'rect' }, 'heatmap'],
    [{ mark: 'area' }, 'unknown'],
    [{ mark: 'toString' }, 'unknown'],
    [{ mark: 3 }, 'unknown'],
    [{ layer: [{ mark: 'line' }, { mark: 'rule' }, { mark: 'text' }] }, 'line'],
    [{ encoding: bins, layer: [{ mark: 'bar' }] }, 'histogram'],
    [{ layer: [{ mark: 'line' }, { mark: 'bar' }] }, 'unknown'],
    [{ hconcat: [{ mark: 'bar' }, { vconcat: [{ mark: 'bar' }] }] }, 'bar'],
    [{ facet: { field: 'f' }, spec: { mark: 'point' } }, 'scatter'],
    [{ repeat: ['a'], spec: { layer: [{ mark: 'line' }] } }, 'line'],
  ])('%j is a %s', (spec, type) => {
    expect(typeOf(spec)).toBe(type);
  });

  test('the whole specification is the data, for every version and spelling of the mime type', () => {
    const spec = { mark: 'bar', title: { text: ['a', 'b'] }, data: { values: [{ x: 1 }] } };
    const chart = { type: 'bar', title: 'a\nb', data: spec, library: 'altair' };
    for (const mime of ['v4+json', 'v5+json', 'v6+json', 'v6.json'])
      expect(toChart({ [`application/vnd.vegalite.${mime}`]: spec })).toEqual(chart);
  });

  test('what has no mark is none, and depth does no harm', () => {
    expect(toChart({ [vegaLite]: { mark: undefined, data: {} } })).toBeUndefined();
    let deep: Record<string, unknown> = { mark: 'bar' };
    for (let n = 0; n < 5000; n++) deep = { spec: deep };
    expect(typeOf(deep)).toBe('unknown');
  });
});

test('only known mime types with an object each are specifications', () => {
  expect(chartSpecsSchema.safeParse({ [plotly]: {} }).success).toBe(true);
  for (const specs of [{ 'text/html': {} }, { [plotly]: [] }, { [plotly]: 'x' }, [], 'x', { [`${plotly}x`]: {} }])
    expect(chartSpecsSchema.safeParse(specs).success, JSON.stringify(specs)).toBe(false);
});

test.each([
  {},
  { type: 'line' },
  { type: 'line', data: 'x' },
  { type: 'line', data: null },
  { type: 'radar', data: {} },
  { type: 'line', data: {}, library: 'ggplot' },
  { type: 'line', data: {}, title: 5 },
  { type: 'line', data: {}, layout: [] },
  { type: 'line', data: {}, execute: true },
])('%j is no chart', (chart) => {
  expect(chartDataSchema.safeParse(chart).success).toBe(false);
});
