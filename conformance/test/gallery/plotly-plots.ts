import type { Plot } from './plot.ts';

const library = 'plotly';
const table = `table = pd.DataFrame({'a': [1, 2, 3], 'b': [4.5, 5, np.nan], 'k': ['x', 'y', 'x']})\n`;

export const plotlyPlots: Readonly<Record<string, Plot>> = {
  'a line': {
    code: `go.Figure(go.Scatter(x=[1, 2], y=[3, 4], mode='lines', name='n'), layout={'title': 'T'})`,
    type: 'line',
    title: 'T',
    library,
    data: [{ type: 'scatter', mode: 'lines', name: 'n', x: [1, 2], y: [3, 4] }],
  },
  'a scatter plot of a table, with NaN': {
    code: `${table}px.scatter(table, x='a', y='b', title='S')`,
    type: 'scatter',
    title: 'S',
    library,
    data: [{ type: 'scatter', mode: 'markers', x: [1, 2, 3], y: [4.5, 5, null] }],
    layout: { xaxis: { title: { text: 'a' } } },
  },
  'bars by colour': {
    code: `${table}px.bar(table, x='a', y='a', color='k')`,
    type: 'bar',
    library,
    data: [
      { name: 'x', x: [1, 3], y: [1, 3] },
      { name: 'y', x: [2], y: [2] },
    ],
  },
  'a pie': {
    code: `go.Figure(go.Pie(labels=['p', 'q'], values=[1, 3]))`,
    type: 'pie',
    library,
    data: [{ type: 'pie', labels: ['p', 'q'], values: [1, 3] }],
  },
  'a histogram': {
    code: `px.histogram(x=np.array([1, 2, 2, 3]), nbins=3)`,
    type: 'histogram',
    library,
    data: [{ type: 'histogram', x: [1, 2, 2, 3], nbinsx: 3 }],
  },
  'a heatmap of an array': {
    code: `px.imshow(np.array([[1, 2], [3, 4]]))`,
    type: 'heatmap',
    library,
    data: [
      {
        type: 'heatmap',
        z: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
  },
  boxes: {
    code: `go.Figure(go.Box(y=[1, 2, 3]))`,
    type: 'unknown',
    library,
    data: [{ type: 'box', y: [1, 2, 3] }],
  },
  'bars and a line': {
    code: `go.Figure([go.Bar(y=[1, 2]), go.Scatter(y=[3, 4], mode='lines')])`,
    type: 'unknown',
    library,
    data: [{ type: 'bar' }, { type: 'scatter' }],
  },
  'dates, shown by show()': {
    code: `px.line(x=pd.to_datetime(['2024-01-01', '2024-01-02']), y=[1, 2]).show()`,
    type: 'line',
    library,
    data: [{ x: ['2024-01-01T00:00:00', '2024-01-02T00:00:00'], y: [1, 2] }],
  },
  'a surface': {
    code: `go.Figure(go.Surface(z=[[1, 2], [3, 4]]))`,
    type: 'unknown',
    library,
    data: [{ type: 'surface' }],
  },
  'a renderer asked for by name': {
    code: `go.Figure(go.Bar(x=['p'], y=[1])).show(renderer='plotly_mimetype+notebook', config={'scrollZoom': True})`,
    type: 'bar',
    library,
    data: [{ x: ['p'], y: [1] }],
    config: { scrollZoom: true },
  },
  'a browser asked for': {
    code: `import plotly.io as pio\npio.renderers.default = 'browser'\ngo.Figure(go.Bar(x=['p'], y=[1])).show()`,
    type: 'bar',
    library,
    data: [{ x: ['p'], y: [1] }],
  },
  'the way of old notebooks': {
    code: `from plotly.offline import init_notebook_mode, iplot\ninit_notebook_mode(connected=True)\niplot([{'y': [1, 2], 'mode': 'lines'}])`,
    type: 'line',
    library,
    data: [{ y: [1, 2] }],
  },
};
