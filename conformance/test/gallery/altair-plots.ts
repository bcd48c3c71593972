import type { Plot } from './plot.ts';

const library = 'altair';
const chart = `table = pd.DataFrame({'a': [1, 2], 'b': [3, 4], 'k': ['x', 'y']})\nchart = alt.Chart(table)\n`;
const values = [
  { a: 1, b: 3, k: 'x' },
  { a: 2, b: 4, k: 'y' },
];

export const altairPlots: Readonly<Record<string, Plot>> = {
  bars: {
    code: `${chart}chart.mark_bar().encode(x='k', y='b').properties(title='T')`,
    type: 'bar',
    title: 'T',
    library,
    data: {
      mark: { type: 'bar' },
      encoding: { x: { field: 'k', type: 'nominal' }, y: { field: 'b', type: 'quantitative' } },
    },
  },
  'a line': {
    code: `${chart}chart.mark_line().encode(x='a', y='b')`,
    type: 'line',
    library,
    data: { mark: { type: 'line' } },
  },
  'a scatter plot, with its numbers': {
    code: `alt.Chart(alt.Data(values=[{'a': 1, 'b': 3, 'k': 'x'}, {'a': 2, 'b': 4, 'k': 'y'}])).mark_point().encode(x='a:Q', y='b:Q', color='k:N')`,
    type: 'scatter',
    library,
    data: { data: { values }, encoding: { color: { field: 'k' } } },
  },
  'a histogram': {
    code: `${chart}chart.mark_bar().encode(alt.X('a', bin=True), y='count()')`,
    type: 'histogram',
    library,
    data: { encoding: { x: { bin: true }, y: { aggregate: 'count' } } },
  },
  'a pie': {
    code: `${chart}chart.mark_arc().encode(theta='b', color='k')`,
    type: 'pie',
    library,
    data: { mark: { type: 'arc' } },
  },
  'a heatmap': {
    code: `${chart}chart.mark_rect().encode(x='a:O', y='b:O', color='a')`,
    type: 'heatmap',
    library,
    data: { mark: { type: 'rect' } },
  },
  'an area': { code: `${chart}chart.mark_area().encode(x='a', y='b')`, type: 'unknown', library, data: {} },
  'a line with a rule': {
    code: `${chart}chart.mark_line().encode(x='a', y='b') + alt.Chart(table).mark_rule().encode(y='mean(b)')`,
    type: 'line',
    library,
    data: { layer: [{ mark: { type: 'line' } }, { mark: { type: 'rule' } }] },
  },
  'two side by side': {
    code: `${chart}chart.mark_bar().encode(x='a') | chart.mark_bar().encode(y='b')`,
    type: 'bar',
    library,
    data: { hconcat: [{}, {}] },
  },
};
