import type { ChartData } from './chart-data.ts';
import { commonType, isRecord, toTitle } from './chart-type.ts';

const typesByTrace: Readonly<Record<string, ChartData['type']>> = {
  bar: 'bar',
  pie: 'pie',
  histogram: 'histogram',
  heatmap: 'heatmap',
  histogram2d: 'heatmap',
};

/** The chart of a Plotly figure: traces in `data`, `layout` and `config` as Plotly has them. */
export function toPlotlyChart(figure: Record<string, unknown>): ChartData | undefined {
  const { data: traces = [], layout, config } = figure;
  if (!Array.isArray(traces) || !traces.every(isRecord)) return undefined;
  return {
    type: commonType(traces.map(toType)),
    ...toTitle(isRecord(layout) ? layout['title'] : undefined),
    data: traces,
    ...(isRecord(layout) && { layout }),
    ...(isRecord(config) && { config }),
    library: 'plotly',
  };
}

function toType(trace: Record<string, unknown>): ChartData['type'] {
  const { type = 'scatter', mode, fill, stackgroup } = trace;
  if (typeof type !== 'string') return 'unknown';
  // scatter, scattergl, scatter3d, scatterpolar, scattergeo, scattermap …
  if (!type.startsWith('scatter')) return Object.hasOwn(typesByTrace, type) ? typesByTrace[type]! : 'unknown';
  if (stackgroup || (fill && fill !== 'none')) return 'unknown';
  if (typeof mode !== 'string') return 'line';
  return mode.includes('lines') ? 'line' : mode.includes('markers') ? 'scatter' : 'unknown';
}
