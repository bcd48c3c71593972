import { expect } from 'vitest';
import type { Plot } from './plot.ts';

/** Shares, distributions, areas and grids, by matplotlib. */
export const distributionPlots: Readonly<Record<string, Plot>> = {
  'a pie': {
    code: `plt.pie([1, 2, 5], labels=['x', 'y', 'z'], autopct='%.0f%%', colors=['red', 'blue', 'lime'])`,
    type: 'pie',
    series: [
      {
        kind: 'pie',
        labels: ['x', 'y', 'z'],
        values: [1, 2, 5],
        percentages: [12.5, 25, 62.5],
        colors: ['#ff0000', '#0000ff', '#00ff00'],
      },
    ],
  },
  'a pie whose labels are in its legend': {
    code: `wedges, _ = plt.pie([30, 10])\nplt.legend(wedges, ['most', 'rest'])`,
    type: 'pie',
    series: [{ labels: ['most', 'rest'], values: [30, 10], percentages: [75, 25] }],
  },
  'a pie that is not full': {
    code: `plt.pie([0.25, 0.5], labels=['a', 'b'], normalize=False)`,
    type: 'pie',
    series: [{ values: [0.25, 0.5], percentages: [25, 50] }],
  },
  'a histogram': {
    code: `plt.hist([1, 1, 2, 3, 3, 3], bins=[0.5, 1.5, 2.5, 3.5])`,
    type: 'histogram',
    series: [{ kind: 'histogram', orientation: 'vertical', edges: [0.5, 1.5, 2.5, 3.5], counts: [2, 1, 3] }],
  },
  'bars that adjoin are no histogram': {
    code: `plt.bar([1, 2, 3], [2, 1, 3], width=1)`,
    type: 'bar',
    series: [{ kind: 'bar', x: [1, 2, 3], y: [2, 1, 3], width: 1 }],
  },
  'a histogram of several': {
    code: `plt.hist([[1, 1, 2], [2, 2, 2]], bins=[0, 1.5, 3], label=['a', 'b'])`,
    type: 'histogram',
    series: [
      { label: 'a', edges: [0, 1.5, 3], counts: [2, 1] },
      { label: 'b', edges: [0, 1.5, 3], counts: [0, 3] },
    ],
  },
  'a histogram of names': {
    code: `plt.hist(['b', 'a', 'b'], label='n')\nplt.legend()`,
    type: 'bar',
    series: [{ kind: 'bar', label: 'n', x: ['b', 'a'], y: [2, 1] }],
    axes: [{ x: { scale: 'category' } }],
  },
  'names of which some share a bin': {
    code: `plt.hist(['a', 'b', 'c', 'd'], bins=2)`,
    type: 'histogram',
    series: [{ kind: 'histogram', edges: [0, 1.5, 3], counts: [2, 2] }],
  },
  'histograms on each other': {
    code: `plt.hist([[1, 1, 2], [2, 2, 2]], bins=[0, 1.5, 3], stacked=True)`,
    type: 'histogram',
    series: [{ counts: [2, 1] }, { counts: [0, 3], base: [2, 1] }],
  },
  'a histogram as an outline': {
    code: `plt.hist([1, 1, 2], bins=[0, 1.5, 3], histtype='step', label='s')`,
    type: 'histogram',
    series: [{ label: 's', edges: [0, 1.5, 3], counts: [2, 1] }],
  },
  'a horizontal histogram of densities': {
    code: `plt.hist([1, 1, 1, 3], bins=[0, 2, 4], density=True, orientation='horizontal')`,
    type: 'histogram',
    series: [{ orientation: 'horizontal', edges: [0, 2, 4], counts: [0.375, 0.125] }],
  },
  'counts that are known': {
    code: `plt.stairs([5, 7], [0, 1, 3])`,
    type: 'histogram',
    series: [{ edges: [0, 1, 3], counts: [5, 7] }],
  },
  'a heatmap': {
    code: `plt.imshow([[1, 2, 3], [4, 5, 6]])\nplt.colorbar(label='mV')`,
    type: 'heatmap',
    series: [
      {
        kind: 'heatmap',
        x: [0, 1, 2],
        y: [0, 1],
        values: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
    ],
    axes: [{ y: { inverted: true }, colorbar: { label: 'mV', range: [1, 6] } }],
  },
  'a heatmap with an extent': {
    code: `plt.imshow([[1, 2], [3, 4]], extent=(0, 20, 0, 2), origin='lower', aspect='auto')`,
    type: 'heatmap',
    series: [
      {
        x: [5, 15],
        y: [0.5, 1.5],
        values: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
  },
  'a heatmap with names': {
    code: `plt.imshow([[1, 2], [3, 4]])\nplt.xticks([0, 1], ['p', 'q'])\nplt.yticks([0, 1], ['r', 's'])`,
    type: 'heatmap',
    series: [{ x: ['p', 'q'], y: ['r', 's'] }],
  },
  'a mesh with a gap': {
    code: `plt.pcolormesh([0, 2, 4], [0, 10, 20], [[1, 2], [3, np.nan]])`,
    type: 'heatmap',
    series: [
      {
        x: [1, 3],
        y: [5, 15],
        values: [
          [1, 2],
          [3, null],
        ],
      },
    ],
  },
  'a large heatmap': {
    code: `plt.imshow(np.arange(600 * 400).reshape(600, 400))`,
    type: 'heatmap',
    series: [{ total: [600, 400], values: expect.arrayContaining([expect.arrayContaining([0])]) }],
  },
  hexagons: {
    code: `plt.hexbin([0, 0, 1], [0, 0, 1], gridsize=2)`,
    type: 'heatmap',
    series: [{ kind: 'hexbin', values: expect.arrayContaining([2, 1]) }],
  },
  'a picture': {
    code: `plt.imshow(np.zeros((4, 6, 3)))`,
    type: 'unknown',
    series: [{ kind: 'image', shape: [4, 6] }],
  },
  contours: {
    code: `plt.contour([[0, 1], [2, 3]], levels=[1, 2])`,
    type: 'unknown',
    series: [{ kind: 'contour', levels: [1, 2] }],
  },
  boxes: {
    code: `plt.boxplot([[1, 2, 3, 4, 5, 20], [2, 2, 2]])\nplt.xticks([1, 2], ['a', 'b'])`,
    type: 'unknown',
    series: [
      {
        kind: 'box',
        orientation: 'vertical',
        boxes: [
          { label: 'a', low: 1, q1: 2.25, median: 3.5, q3: 4.75, high: 5, outliers: [20] },
          { label: 'b', low: 2, q1: 2, median: 2, q3: 2, high: 2, outliers: [] },
        ],
      },
    ],
  },
  'horizontal boxes': {
    code: `plt.boxplot([[1, 2, 3]], vert=False)`,
    type: 'unknown',
    series: [{ orientation: 'horizontal', boxes: [{ label: 1, low: 1, q1: 1.5, median: 2, q3: 2.5, high: 3 }] }],
  },
  violins: {
    code: `plt.violinplot([[1, 2, 3], [2, 4, 6]], points=5)`,
    type: 'unknown',
    series: [
      {
        kind: 'violin',
        violins: [
          { label: 1, low: 1, median: 2, mean: 2, high: 3, at: [1, 1.5, 2, 2.5, 3] },
          { label: 2, low: 2, median: 4, mean: 4, high: 6, at: [2, 3, 4, 5, 6] },
        ],
      },
    ],
  },
  'an area': {
    code: `plt.fill_between([1, 2, 3], [1, 2, 3], [2, 4, 6], label='band')`,
    type: 'unknown',
    series: [{ kind: 'area', orientation: 'vertical', label: 'band', x: [1, 2, 3], low: [1, 2, 3], high: [2, 4, 6] }],
  },
  'a line and its band': {
    code: `plt.plot([1, 2], [5, 6])\nplt.fill_between([1, 2], [4, 5], [6, 7], alpha=0.2)`,
    type: 'line',
    series: [
      { kind: 'line', y: [5, 6] },
      { kind: 'area', low: [4, 5], high: [6, 7] },
    ],
  },
  'stacked areas': {
    code: `plt.stackplot([1, 2, 3], [1, 1, 1], [2, 3, 4], labels=['a', 'b'])`,
    type: 'unknown',
    series: [
      { kind: 'area', label: 'a', low: [0, 0, 0], high: [1, 1, 1], values: [1, 1, 1] },
      { kind: 'area', label: 'b', low: [1, 1, 1], high: [3, 4, 5], values: [2, 3, 4] },
    ],
  },
};
