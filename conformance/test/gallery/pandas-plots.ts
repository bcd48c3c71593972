import { expect } from 'vitest';
import type { Plot } from './plot.ts';

const table = `table = pd.DataFrame({'a': [1, 2, 3], 'b': [3, 2, 1]}, index=['x', 'y', 'z'])\n`;

/** Bars of pandas before 3 stand at the texts of their times, those of later ones at the times. */
const oldOrNew = (dates: readonly string[]): unknown[] =>
  dates.map((date) => expect.stringMatching(new RegExp(`^${date}( 00:00:00)?$`)));

export const pandasPlots: Readonly<Record<string, Plot>> = {
  'a table as lines': {
    code: `pd.DataFrame({'a': [1, 2], 'b': [4, 3]}, index=[10, 20]).plot(title='T')`,
    type: 'line',
    title: 'T',
    series: [
      { label: 'a', x: [10, 20], y: [1, 2] },
      { label: 'b', x: [10, 20], y: [4, 3] },
    ],
  },
  'names along a line': {
    code: `${table}table.a.plot()`,
    type: 'line',
    series: [{ x: ['x', 'y', 'z'], y: [1, 2, 3] }],
  },
  'a time series': {
    code: `pd.Series([1, 2, 3], index=pd.date_range('2024-01-01', periods=3, freq='MS'), name='n').plot()`,
    type: 'line',
    series: [{ x: ['2024-01-01', '2024-02-01', '2024-03-01'], y: [1, 2, 3] }],
    axes: [{ x: { scale: 'date' } }],
  },
  'bars of a time series': {
    code: `pd.DataFrame({'a': [1, 2, 3], 'b': [3, 2, 1]}, index=pd.date_range('2024-01-01', periods=3, freq='MS')).plot.bar()`,
    type: 'bar',
    series: [
      { label: 'a', x: oldOrNew(['2024-01-01', '2024-02-01', '2024-03-01']), y: [1, 2, 3] },
      { label: 'b', x: oldOrNew(['2024-01-01', '2024-02-01', '2024-03-01']), y: [3, 2, 1] },
    ],
  },
  'bars of quarters': {
    code: `pd.Series([1, 2], index=pd.period_range('2024Q1', periods=2, freq='Q')).plot.bar(stacked=True)`,
    type: 'bar',
    series: [
      {
        x: expect.arrayContaining([
          expect.stringMatching(/^2024(Q1|-01-01)$/),
          expect.stringMatching(/^2024(Q2|-04-01)$/),
        ]),
        y: [1, 2],
      },
    ],
  },
  'a line over durations': {
    code: `pd.Series([1, 2, 3], index=pd.to_timedelta([1, 2, 3], unit='h')).plot()`,
    type: 'line',
    series: [{ y: [1, 2, 3] }],
    axes: [{ x: { scale: 'linear' } }],
  },
  'a time series with gaps': {
    code: `pd.Series([1, 2, 3], index=pd.to_datetime(['2024-01-01', '2024-01-05', '2024-03-01'])).plot()`,
    type: 'line',
    series: [{ x: ['2024-01-01', '2024-01-05', '2024-03-01'] }],
    axes: [{ x: { scale: 'date' } }],
  },
  'bars in groups': {
    code: `${table}table.plot.bar()`,
    type: 'bar',
    series: [
      { label: 'a', x: ['x', 'y', 'z'], y: [1, 2, 3] },
      { label: 'b', x: ['x', 'y', 'z'], y: [3, 2, 1] },
    ],
  },
  'horizontal bars on bars': {
    code: `${table}table.plot.barh(stacked=True)`,
    type: 'bar',
    series: [
      { label: 'a', orientation: 'horizontal', x: [1, 2, 3], y: ['x', 'y', 'z'] },
      { label: 'b', x: [3, 2, 1], base: [1, 2, 3] },
    ],
  },
  histograms: {
    code: `pd.DataFrame({'a': [1, 1, 2], 'b': [2, 2, 2]}).plot.hist(bins=[0, 1.5, 3], alpha=0.5)`,
    type: 'histogram',
    series: [
      { label: 'a', edges: [0, 1.5, 3], counts: [2, 1] },
      { label: 'b', edges: [0, 1.5, 3], counts: [0, 3] },
    ],
  },
  'a histogram of each column': {
    code: `pd.DataFrame({'a': [1, 1, 3], 'b': [2, 6, 6]}).hist(bins=2)`,
    type: 'histogram',
    series: [
      { axes: 0, edges: [1, 2, 3], counts: [2, 1] },
      { axes: 1, edges: [2, 4, 6], counts: [1, 2] },
    ],
    axes: [{ title: 'a' }, { title: 'b' }],
  },
  boxes: {
    code: `${table}table.plot.box()`,
    type: 'unknown',
    series: [
      {
        boxes: [
          { label: 'a', low: 1, q1: 1.5, median: 2, q3: 2.5, high: 3 },
          { label: 'b', median: 2 },
        ],
      },
    ],
  },
  'stacked areas': {
    code: `${table}table.plot.area()`,
    type: 'unknown',
    series: [
      { kind: 'area', label: 'a', x: ['x', 'y', 'z'], low: [0, 0, 0], high: [1, 2, 3], values: [1, 2, 3] },
      { kind: 'area', label: 'b', low: [1, 2, 3], high: [4, 4, 4], values: [3, 2, 1] },
    ],
  },
  'a pie': {
    code: `pd.Series([1, 3], index=['p', 'q'], name='share').plot.pie()`,
    type: 'pie',
    series: [{ labels: ['p', 'q'], values: [1, 3], percentages: [25, 75] }],
  },
  'a scatter plot': {
    code: `${table}table.plot.scatter('a', 'b', c='b', s=[10, 20, 30], cmap='viridis')`,
    type: 'scatter',
    series: [{ x: [1, 2, 3], y: [3, 2, 1], colors: [3, 2, 1], sizes: [10, 20, 30] }],
    axes: [{ x: { label: 'a' }, y: { label: 'b' }, colorbar: { range: [1, 3] } }],
  },
  'a plot of each column': {
    code: `pd.DataFrame({'a': [1, 2], 'b': [3, 4]}).plot(subplots=True)`,
    type: 'line',
    series: [
      { axes: 0, label: 'a', y: [1, 2] },
      { axes: 1, label: 'b', y: [3, 4] },
    ],
  },
  'a second axis': {
    code: `pd.DataFrame({'a': [1, 2], 'b': [300, 400]}).plot(secondary_y='b')`,
    type: 'line',
    series: [
      { axes: 0, y: [1, 2] },
      { axes: 1, y: [300, 400] },
    ],
    axes: [{}, { twin: { axes: 0, shared: 'x' } }],
  },
  'a density': {
    code: `pd.Series([1.0, 2, 3]).plot.kde(ind=[1, 2, 3])`,
    type: 'line',
    series: [{ x: [1, 2, 3], y: [expect.any(Number), expect.any(Number), expect.any(Number)] }],
  },
};
