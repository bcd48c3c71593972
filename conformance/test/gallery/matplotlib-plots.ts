import { expect } from 'vitest';
import type { Plot } from './plot.ts';

const near = (values: readonly number[]): unknown => values.map((value) => expect.closeTo(value, 9));

/** Lines, points, bars and their axes. */
export const matplotlibPlots: Readonly<Record<string, Plot>> = {
  'a line': {
    code: `plt.plot([1, 2, 4], [10, 20, 15])\nplt.title('Growth')\nplt.xlabel('Time (s)')\nplt.ylabel('Height [cm]')`,
    type: 'line',
    title: 'Growth',
    series: [{ kind: 'line', x: [1, 2, 4], y: [10, 20, 15] }],
    axes: [
      {
        type: 'line',
        title: 'Growth',
        x: { label: 'Time (s)', unit: 's', scale: 'linear' },
        y: { label: 'Height [cm]', unit: 'cm' },
      },
    ],
  },
  'lines with a legend': {
    code: `plt.plot([1, 2], label='up', color='red')\nplt.plot([2, 1], '--', label='down', color='#00ff0080')\nplt.legend(title='Way')`,
    type: 'line',
    series: [
      { label: 'up', color: '#ff0000', x: [0, 1], y: [1, 2] },
      { label: 'down', color: '#00ff0080', x: [0, 1], y: [2, 1] },
    ],
    axes: [{ legend: { title: 'Way', labels: ['up', 'down'] } }],
  },
  'labels that only the legend has': {
    code: `plt.plot([1, 2])\nplt.plot([2, 1])\nplt.legend(['first', 'second'])`,
    type: 'line',
    series: [{ label: 'first' }, { label: 'second' }],
  },
  'what is missing': {
    code: `plt.plot([1, 2, 3, 4], [1, np.nan, np.inf, 4])\nplt.plot([1, 2], np.ma.masked_array([5, 6], [True, False]))`,
    type: 'line',
    series: [{ y: [1, null, null, 4] }, { y: [null, 6] }],
  },
  'markers without a line': {
    code: `plt.plot([1, 2], [3, 4], 'o')`,
    type: 'scatter',
    series: [{ kind: 'scatter', x: [1, 2], y: [3, 4] }],
  },
  steps: {
    code: `plt.step([1, 2, 3], [5, 6, 4])\nplt.step([1, 2, 3], [7, 8, 9], where='post')`,
    type: 'line',
    series: [
      { kind: 'line', step: 'pre', x: [1, 2, 3], y: [5, 6, 4] },
      { step: 'post', y: [7, 8, 9] },
    ],
  },
  'log scales': {
    code: `plt.loglog([1, 10, 100], [1, 100, 10000])`,
    type: 'line',
    series: [{ x: [1, 10, 100], y: [1, 100, 10000] }],
    axes: [{ x: { scale: 'log' }, y: { scale: 'log' } }],
  },
  'a symmetrical log scale, upside down': {
    code: `plt.plot([-100, 0, 100])\nplt.yscale('symlog')\nplt.ylim(200, -200)`,
    type: 'line',
    axes: [{ y: { scale: 'symlog', range: [-200, 200], inverted: true } }],
  },
  dates: {
    code: `plt.plot([dt.date(2024, 2, 28), dt.date(2024, 2, 29), dt.date(2024, 3, 1)], [1, 2, 3])`,
    type: 'line',
    series: [{ x: ['2024-02-28', '2024-02-29', '2024-03-01'], y: [1, 2, 3] }],
    axes: [{ x: { scale: 'date' } }],
  },
  'times of a day': {
    code: `plt.plot(np.array(['2024-01-01T00:00', '2024-01-01T06:30'], dtype='datetime64[m]'), [1, 2])`,
    type: 'line',
    series: [{ x: ['2024-01-01T00:00:00', '2024-01-01T06:30:00'] }],
  },
  'times of a time zone': {
    code: `plt.plot(pd.date_range('2024-01-01 01:00', periods=2, freq='h', tz='Europe/Oslo'), [1, 2])`,
    type: 'line',
    series: [{ x: ['2024-01-01T00:00:00Z', '2024-01-01T01:00:00Z'] }],
  },
  categories: {
    code: `plt.plot(['low', 'mid', 'high'], [1, 4, 9])`,
    type: 'line',
    series: [{ x: ['low', 'mid', 'high'], y: [1, 4, 9] }],
    axes: [
      {
        x: {
          scale: 'category',
          ticks: [
            { value: 'low', label: 'low' },
            { value: 'mid', label: 'mid' },
            { value: 'high', label: 'high' },
          ],
        },
      },
    ],
  },
  'a scatter plot': {
    code: `plt.scatter([1, 2, 3], [6, 5, 4], s=50, color='blue')`,
    type: 'scatter',
    series: [{ kind: 'scatter', color: '#0000ff', size: 50, x: [1, 2, 3], y: [6, 5, 4] }],
  },
  'a scatter plot with sizes and values': {
    code: `plt.scatter([1, 2, 3], [6, 5, 4], s=[10, 20, 30], c=[0.5, 0.25, 1])\nplt.colorbar(label='Heat')`,
    type: 'scatter',
    series: [{ sizes: [10, 20, 30], colors: [0.5, 0.25, 1] }],
    axes: [{ colorbar: { label: 'Heat', range: [0.25, 1] } }],
  },
  'a scatter plot with colours': {
    code: `plt.scatter([1, 2], [3, 4], c=['red', 'lime'])`,
    type: 'scatter',
    series: [{ colors: ['#ff0000', '#00ff00'] }],
  },
  bars: {
    code: `plt.bar(['a', 'b', 'c'], [3, -1, 2], color=['red', 'blue', 'red'])`,
    type: 'bar',
    series: [
      {
        kind: 'bar',
        orientation: 'vertical',
        x: ['a', 'b', 'c'],
        y: [3, -1, 2],
        colors: ['#ff0000', '#0000ff', '#ff0000'],
      },
    ],
  },
  'bars at numbers': {
    code: `plt.bar([10, 20], [1, 2], width=5)`,
    type: 'bar',
    series: [{ x: [10, 20], y: [1, 2], width: 5 }],
  },
  'bars at dates': {
    code: `plt.bar([dt.date(2024, 1, 1), dt.date(2024, 1, 2)], [4, 5])`,
    type: 'bar',
    series: [{ x: ['2024-01-01', '2024-01-02'], y: [4, 5] }],
  },
  'horizontal bars': {
    code: `plt.barh(['x', 'y'], [7, 8])`,
    type: 'bar',
    series: [{ orientation: 'horizontal', x: [7, 8], y: ['x', 'y'] }],
  },
  'bars in groups': {
    code: `at = np.arange(3)\nplt.bar(at - 0.2, [1, 2, 3], 0.4, label='men')\nplt.bar(at + 0.2, [3, 2, 1], 0.4, label='women')\nplt.xticks(at, ['p', 'q', 'r'])\nplt.legend()`,
    type: 'bar',
    series: [
      { label: 'men', x: ['p', 'q', 'r'], y: [1, 2, 3] },
      { label: 'women', x: ['p', 'q', 'r'], y: [3, 2, 1] },
    ],
  },
  'bars on bars': {
    code: `plt.bar(['a', 'b'], [3, 4], label='low')\nplt.bar(['a', 'b'], [1, 2], bottom=[3, 4], label='high')`,
    type: 'bar',
    series: [
      { label: 'low', y: [3, 4] },
      { label: 'high', y: [1, 2], base: [3, 4] },
    ],
  },
  'bars with errors': {
    code: `plt.bar(['a', 'b'], [3, 4], yerr=[0.5, 0.25])`,
    type: 'bar',
    series: [{ y: [3, 4], yError: { low: [2.5, 3.75], high: [3.5, 4.25] } }],
  },
  'bars at few ticks that have names': {
    code: `plt.bar(range(4), [1, 2, 3, 4])\nplt.xticks([0, 3], ['first', 'last'])`,
    type: 'bar',
    series: [{ x: [0, 1, 2, 3], y: [1, 2, 3, 4] }],
    axes: [
      {
        x: {
          scale: 'linear',
          ticks: [
            { value: 0, label: 'first' },
            { value: 3, label: 'last' },
          ],
        },
      },
    ],
  },
  'what the band around a line is called is not what the line is called': {
    code: `plt.plot([1, 2], [3, 4])\nplt.fill_between([1, 2], [2, 3], [4, 5], alpha=0.3, label='95%')\nplt.legend()`,
    type: 'line',
    series: [expect.not.objectContaining({ label: expect.anything() }), { kind: 'area', label: '95%' }],
  },
  'what was removed or hidden': {
    code: `line, = plt.plot([1, 2])\nhidden, = plt.plot([3, 4])\nplt.plot([5, 6])\nline.remove()\nhidden.set_visible(False)`,
    type: 'line',
    series: [{ y: [5, 6] }],
  },
  'an inset': {
    code: `ax = plt.subplot()\nax.plot([1, 2])\nax.inset_axes([0.5, 0.5, 0.4, 0.4]).plot([3, 4])`,
    type: 'line',
    series: [
      { axes: 0, y: [1, 2] },
      { axes: 1, y: [3, 4] },
    ],
  },
  'a time table': {
    code: `plt.barh(['a', 'b'], [dt.timedelta(days=2), dt.timedelta(days=1)], left=[dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 3)])`,
    type: 'bar',
    series: [{ orientation: 'horizontal', base: ['2024-01-01', '2024-01-03'], x: ['2024-01-03', '2024-01-04'] }],
  },
  'error bars': {
    code: `plt.errorbar([1, 2], [10, 20], yerr=[1, 2], label='e')`,
    type: 'line',
    series: [{ kind: 'line', label: 'e', x: [1, 2], y: [10, 20], yError: { low: [9, 18], high: [11, 22] } }],
  },
  'error bars of two directions': {
    code: `plt.errorbar([1, 2], [10, 20], xerr=0.5, yerr=[[1, 2], [3, 4]], fmt='s', capsize=3)`,
    type: 'scatter',
    series: [
      { kind: 'scatter', xError: { low: [0.5, 1.5], high: [1.5, 2.5] }, yError: { low: [9, 18], high: [13, 24] } },
    ],
  },
  stems: { code: `plt.stem([1, 2], [4, 3])`, type: 'unknown', series: [{ kind: 'stem', x: [1, 2], y: [4, 3] }] },
  'bars and a line': {
    code: `plt.bar([1, 2], [3, 4], label='b')\nplt.plot([1, 2], [5, 6], label='l')`,
    type: 'unknown',
    series: [
      { kind: 'bar', label: 'b', y: [3, 4] },
      { kind: 'line', label: 'l', y: [5, 6] },
    ],
  },
  'several axes': {
    code: `fig, (left, right) = plt.subplots(1, 2)\nleft.plot([1, 2])\nleft.set_title('L')\nright.plot([3, 4])\nright.set_title('R')\nfig.suptitle('Both')`,
    type: 'line',
    title: 'Both',
    series: [
      { axes: 0, y: [1, 2] },
      { axes: 1, y: [3, 4] },
    ],
    axes: [
      { title: 'L', type: 'line' },
      { title: 'R', type: 'line' },
    ],
  },
  'twin axes': {
    code: `fig, ax = plt.subplots()\nax.plot([1, 2], [3, 4])\nother = ax.twinx()\nother.plot([1, 2], [30, 40])\nother.set_ylabel('Rain (mm)')`,
    type: 'line',
    series: [{ axes: 0 }, { axes: 1, y: [30, 40] }],
    axes: [{}, { twin: { axes: 0, shared: 'x' }, y: { unit: 'mm' } }],
  },
  'lines across': {
    code: `plt.plot([0, 10], [0, 10])\nplt.axhline(5, label='limit')\nplt.axvline(2)\nplt.axhspan(3, 4)\nplt.axline((0, 1), slope=2)`,
    type: 'line',
    series: [
      { kind: 'line' },
      { kind: 'reference', label: 'limit', y: 5 },
      { kind: 'reference', x: 2 },
      { kind: 'reference', y: [3, 4] },
      { kind: 'reference', x: 0, y: 1, slope: 2 },
    ],
  },
  'what a line across is called is not what the bars of its colour are called': {
    code: `plt.bar([1, 2], [3, 4])\nplt.axhline(3.5, label='mean')\nplt.axvspan(0, 1, alpha=0.2, label='before')\nplt.legend()`,
    type: 'bar',
    series: [
      expect.not.objectContaining({ label: expect.anything() }),
      { kind: 'reference', label: 'mean', y: 3.5 },
      { kind: 'reference', label: 'before', x: [0, 1] },
    ],
    axes: [{ legend: { labels: ['mean', 'before'] } }],
  },
  'a polar plot': {
    code: `plt.subplot(projection='polar').plot([0, 1.5, 3], [1, 2, 3])`,
    type: 'line',
    series: [{ x: [0, 1.5, 3], y: [1, 2, 3] }],
    axes: [{ projection: 'polar' }],
  },
  'points in space': {
    code: `plt.subplot(projection='3d').scatter([1, 2], [3, 4], [6, 5], s=[10, 20], c=['red', 'blue'])`,
    type: 'scatter',
    series: [{ x: [1, 2], y: [3, 4], z: [6, 5], sizes: [10, 20], colors: ['#ff0000', '#0000ff'] }],
    axes: [{ projection: '3d' }],
  },
  'bars in space': {
    code: `axes = plt.subplot(projection='3d')\naxes.bar([1, 2], [3, 4], zs=0, zdir='y', color='red', label='near')\naxes.bar([1, 2], [5, 6], zs=1, zdir='y')`,
    type: 'unknown',
    series: [
      { kind: 'other', name: 'BarContainer', label: 'near', color: '#ff0000' },
      { kind: 'other', name: 'BarContainer' },
    ],
    axes: [{ projection: '3d' }],
  },
  'stems in space': {
    code: `plt.subplot(projection='3d').stem([1, 2], [3, 4], [6, 5])`,
    type: 'unknown',
    series: [{ kind: 'stem', x: [1, 2], y: [3, 4], z: [6, 5] }],
    axes: [{ projection: '3d' }],
  },
  'error bars in space, whose ends are not known': {
    code: `plt.subplot(projection='3d').errorbar([1, 2], [3, 4], [6, 5], zerr=2)`,
    type: 'line',
    series: [expect.not.objectContaining({ yError: expect.anything() })],
    axes: [{ projection: '3d' }],
  },
  'separate lines': {
    code: `plt.vlines([1, 2], 0, [3, 4])`,
    type: 'unknown',
    series: [
      {
        kind: 'segments',
        x: [
          [1, 1],
          [2, 2],
        ],
        y: [
          [0, 3],
          [0, 4],
        ],
      },
    ],
  },
  arrows: {
    code: `plt.quiver([1, 2], [3, 4], [1, 1], [0, 1])`,
    type: 'unknown',
    series: [{ kind: 'other', name: 'Quiver', x: [1, 2], y: [3, 4] }],
  },
  'patches that are drawn together': {
    code: `from matplotlib.collections import PatchCollection\nfrom matplotlib.patches import Circle\nplt.gca().add_collection(PatchCollection([Circle((1, 2), 1)]))`,
    type: 'unknown',
    series: [expect.not.objectContaining({ x: expect.anything() })],
  },
  'a figure without plots': { code: `plt.figure().add_subplot()`, type: 'unknown', series: [], axes: [{}] },
  'more points than a chart holds': {
    code: `plt.plot(np.arange(25_000) * 2)`,
    type: 'line',
    series: [{ total: 25_000, x: expect.arrayContaining([0, 3, 24_999]), y: expect.arrayContaining([0, 6, 49_998]) }],
  },
  'bars of thirds': {
    code: `plt.bar(['a', 'b', 'c'], [1 / 3, 2 / 3, 1])`,
    type: 'bar',
    series: [{ y: near([1 / 3, 2 / 3, 1]) }],
  },
};
