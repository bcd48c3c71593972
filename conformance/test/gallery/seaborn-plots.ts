import { expect } from 'vitest';
import type { Plot } from './plot.ts';

const data = `data = pd.DataFrame({'k': ['a', 'a', 'b', 'b'], 'h': ['u', 'v', 'u', 'v'], 'x': [1, 2, 3, 4], 'y': [2, 4, 6, 8]})\n`;
const range = `errorbar=('pi', 100)`;
const library = 'seaborn';

export const seabornPlots: Readonly<Record<string, Plot>> = {
  'bars of means with errors': {
    code: `${data}sns.barplot(data, x='k', y='y', ${range})`,
    type: 'bar',
    library,
    series: [{ kind: 'bar', x: ['a', 'b'], y: [3, 7], yError: { low: [2, 6], high: [4, 8] } }],
    axes: [{ x: { label: 'k', scale: 'category' }, y: { label: 'y' } }],
  },
  'bars in groups': {
    code: `${data}sns.barplot(data, x='k', y='y', hue='h', errorbar=None)`,
    type: 'bar',
    library,
    series: [
      { label: 'u', x: ['a', 'b'], y: [2, 6] },
      { label: 'v', x: ['a', 'b'], y: [4, 8] },
    ],
    axes: [{ legend: { title: 'h', labels: ['u', 'v'] } }],
  },
  'horizontal bars': {
    code: `${data}sns.barplot(data, y='k', x='y', capsize=0.2, ${range})`,
    type: 'bar',
    library,
    series: [{ orientation: 'horizontal', x: [3, 7], y: ['a', 'b'], xError: { low: [2, 6], high: [4, 8] } }],
  },
  counts: {
    code: `${data}sns.countplot(data, x='k')`,
    type: 'bar',
    library,
    series: [{ x: ['a', 'b'], y: [2, 2] }],
  },
  'a histogram with its density': {
    code: `${data}sns.histplot(data, x='x', bins=[0, 2, 6], kde=True)`,
    type: 'histogram',
    library,
    series: [{ kind: 'histogram', edges: [0, 2, 6], counts: [1, 3] }, { kind: 'line' }],
  },
  'histograms on each other': {
    code: `${data}sns.histplot(data, x='x', hue='h', bins=[0, 2, 4], multiple='stack')`,
    type: 'histogram',
    library,
    series: [
      { label: 'v', edges: [0, 2, 4], counts: [0, 2] },
      { label: 'u', counts: [1, 1], base: [0, 2] },
    ],
  },
  'histograms side by side': {
    code: `${data}sns.histplot(data, x='x', hue='h', bins=[0, 2, 4], multiple='dodge', shrink=0.5)`,
    type: 'histogram',
    library,
    series: [
      { label: 'v', edges: [0, 2, 4], counts: [0, 2] },
      { label: 'u', edges: [0, 2, 4], counts: [1, 1] },
    ],
  },
  'a histogram as an outline': {
    code: `${data}sns.histplot(data, x='x', bins=[0, 2, 6], element='step')`,
    type: 'histogram',
    library,
    series: [{ edges: [0, 2, 6], counts: [1, 3] }],
  },
  'a line with its error': {
    code: `${data}sns.lineplot(data, x='k', y='y', ${range})`,
    type: 'line',
    library,
    series: [{ kind: 'line', x: ['a', 'b'], y: [3, 7], yError: { low: [2, 6], high: [4, 8] } }],
  },
  'lines by colour': {
    code: `${data}sns.lineplot(data, x='x', y='y', hue='k')`,
    type: 'line',
    library,
    series: [
      { label: 'a', x: [1, 2], y: [2, 4] },
      { label: 'b', x: [3, 4], y: [6, 8] },
    ],
  },
  'points by colour': {
    code: `${data}sns.scatterplot(data, x='x', y='y', hue='k')`,
    type: 'scatter',
    library,
    series: [
      { label: 'a', x: [1, 2], y: [2, 4] },
      { label: 'b', x: [3, 4], y: [6, 8] },
    ],
  },
  'points of categories': {
    code: `${data}sns.stripplot(data, x='k', y='y')`,
    type: 'scatter',
    library,
    series: [
      { x: ['a', 'a'], y: [2, 4] },
      { x: ['b', 'b'], y: [6, 8] },
    ],
  },
  'points of means': {
    code: `${data}sns.pointplot(data, x='k', y='y', hue='h', dodge=True, errorbar=None)`,
    type: 'line',
    library,
    series: [
      { label: 'u', x: ['a', 'b'], y: [2, 6] },
      { label: 'v', x: ['a', 'b'], y: [4, 8] },
    ],
  },
  boxes: {
    code: `${data}sns.boxplot(data, x='k', y='y', hue='k')`,
    type: 'unknown',
    library,
    series: [
      { kind: 'box', boxes: [{ label: 'a', low: 2, q1: 2.5, median: 3, q3: 3.5, high: 4 }] },
      { boxes: [{ label: 'b', low: 6, median: 7, high: 8 }] },
    ],
  },
  violins: {
    code: `${data}sns.violinplot(data, x='k', y='y', cut=0, gridsize=3, inner=None)`,
    type: 'unknown',
    library,
    series: [
      { kind: 'violin', violins: [{ label: 'a', at: [2, 3, 4] }] },
      { kind: 'violin', violins: [{ label: 'b', at: [6, 7, 8] }] },
    ],
  },
  'a heatmap with names': {
    code: `sns.heatmap(pd.DataFrame([[1, 2], [3, 4]], index=['r', 's'], columns=['c', 'd']), annot=True)`,
    type: 'heatmap',
    library,
    series: [
      {
        x: ['c', 'd'],
        y: ['r', 's'],
        values: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
    axes: [{ colorbar: { range: [1, 4] } }],
  },
  'points and a fit': {
    code: `${data}sns.regplot(data, x='x', y='y', ci=None)`,
    type: 'unknown',
    library,
    series: [{ kind: 'scatter', x: [1, 2, 3, 4], y: [2, 4, 6, 8] }, { kind: 'line' }],
  },
  'a row of plots': {
    code: `${data}sns.relplot(data, x='x', y='y', col='k')`,
    type: 'scatter',
    library,
    series: [
      { axes: 0, x: [1, 2], y: [2, 4] },
      { axes: 1, x: [3, 4], y: [6, 8] },
    ],
    axes: [{ title: 'k = a' }, { title: 'k = b' }],
  },
  'a grid with one legend': {
    code: `${data}sns.relplot(data, x='x', y='y', hue='h', col='k')`,
    type: 'scatter',
    library,
    series: [
      { axes: 0, label: 'u', x: [1], y: [2] },
      { axes: 0, label: 'v', x: [2], y: [4] },
      { axes: 1, label: 'u', x: [3], y: [6] },
      { axes: 1, label: 'v', x: [4], y: [8] },
    ],
  },
  'a density': {
    code: `${data}sns.kdeplot(data, x='x', fill=True)`,
    type: 'unknown',
    library,
    series: [{ kind: 'area', low: expect.arrayContaining([0]) }],
  },
  'an object of seaborn.objects': {
    code: `${data}import seaborn.objects as so\nso.Plot(data, x='x', y='y').add(so.Dot())`,
    type: 'scatter',
    library,
    series: [{ x: [1, 2, 3, 4], y: [2, 4, 6, 8] }],
  },
};
