import { randomUUID } from 'node:crypto';
import { type Host, createHost } from '@quicksand/host';
import type { ChartData, ChartLayout, ExecutionEvent } from '@quicksand/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { exampleImports, printSeries, readChartExamples } from '../src/chart-examples.ts';
import { Client } from '../src/client.ts';
import { openDataFolder } from './data-folder.ts';
import { altairPlots } from './gallery/altair-plots.ts';
import { distributionPlots } from './gallery/distribution-plots.ts';
import { matplotlibPlots } from './gallery/matplotlib-plots.ts';
import { pandasPlots } from './gallery/pandas-plots.ts';
import type { Plot } from './gallery/plot.ts';
import { plotlyPlots } from './gallery/plotly-plots.ts';
import { seabornPlots } from './gallery/seaborn-plots.ts';
import { limits } from './limits.ts';

// Each picture once, through everything: library, extraction, channel, checks of the host, events.

const drawn = `import datetime as dt, matplotlib.pyplot as plt, numpy as np, pandas as pd\nplt.rcParams.update({'figure.figsize': (3, 2), 'figure.dpi': 40})\n`;
const galleries: Readonly<Record<string, readonly [imports: string, plots: Readonly<Record<string, Plot>>]>> = {
  matplotlib: [drawn, matplotlibPlots],
  'matplotlib: distributions and grids': [drawn, distributionPlots],
  pandas: [drawn, pandasPlots],
  seaborn: [`${drawn}import seaborn as sns\n`, seabornPlots],
  plotly: [`import numpy as np, pandas as pd, plotly.express as px, plotly.graph_objects as go\n`, plotlyPlots],
  altair: [`import altair as alt, pandas as pd\n`, altairPlots],
};

const folder = await openDataFolder();
let host: Host | undefined;
beforeAll(async () => {
  host = await createHost({ dataFolder: folder.path, limits });
});
afterAll(async () => {
  await host?.close();
  await folder[Symbol.asyncDispose]();
});

/** The one result that shows a chart. */
function findShown(results: readonly ExecutionEvent[], failed: unknown): ExecutionEvent & { chart: ChartData } {
  const [shown, second] = results.filter(({ chart }) => chart);
  if (!shown?.chart || second) throw new Error(`not exactly one chart: ${JSON.stringify(failed)}`);
  return { ...shown, chart: shown.chart };
}

function checkDrawn({ png, chart }: ExecutionEvent & { chart: ChartData }, { series, axes }: Plot): void {
  expect(png).toMatch(/^iVBORw0KGgo/);
  if (series) {
    expect(chart.data.series).toMatchObject(series);
    expect(chart.data.series).toHaveLength(series.length);
  }
  const layout: ChartLayout = chart.layout;
  expect(layout.size.width).toBeGreaterThan(0);
  if (axes) expect(layout.axes).toMatchObject(axes);
}

/** A sandbox of the host. */
function openBox(sandbox: string): Box {
  if (!host) throw new Error('the host is not open');
  return new Box(new Client({ fetcher: host, close: async () => {} }), sandbox);
}

async function readFailures(): Promise<number> {
  const metrics = await (await host?.fetch(new Request('http://host/metrics')))?.text();
  return Number(/^quicksand_chart_failures_total (\d+)$/m.exec(metrics ?? '')?.[1]);
}

describe.each(Object.entries(galleries))('%s', (_, [imports, plots]) => {
  const sandbox = `gallery-${randomUUID().slice(0, 13)}`;
  const box = (): Box => openBox(sandbox);
  afterAll(() => box().destroy());

  test.each(Object.entries(plots))('%s', async (__, plot) => {
    const run = await box().run(imports + plot.code);
    expect(run.end.outcome, JSON.stringify(run.summary)).toBe('ok');
    const shown = findShown(run.results, run.summary);
    const { type, library, title, data, layout, config } = shown.chart;
    const { type: wanted, library: by = 'matplotlib', title: called } = plot;
    expect({ type, library, title }).toEqual({ type: wanted, library: by, title: called });
    if (plot.data === undefined) checkDrawn(shown, plot);
    else {
      expect(data).toMatchObject(plot.data);
      expect(layout ?? {}).toMatchObject(plot.layout ?? {});
      expect(config ?? {}).toMatchObject(plot.config ?? {});
      expect(shown.html).toMatch(/<script[^>]*src=|https:/);
      expect(shown.html?.length).toBeLessThan(100_000);
    }
  });

  test('nothing that was shown failed to have a chart', async () => {
    expect(await readFailures()).toBe(0);
  });
});

test('what cannot be read is counted, unless no chart was asked for', async () => {
  const box = openBox('failing');
  const code = `${drawn}plt.plot([1, 2])\nplt.gca().get_legend = lambda: 1 / 0\nplt.show()`;
  await box.run(code, { charts: false });
  expect(await readFailures()).toBe(0);
  const { results, end } = await box.run(code);
  expect([results.length, results[0]?.chart, end.outcome]).toEqual([1, undefined, 'ok']);
  expect(await readFailures()).toBe(1);
  await box.destroy();
});

test('the examples of docs/charts.md give what stands below them', async () => {
  const box = openBox('docs');
  const examples = await readChartExamples();
  expect(examples.length).toBeGreaterThanOrEqual(19);
  for (const { name, code, json } of examples) {
    const { results, summary } = await box.run(exampleImports + code);
    expect(printSeries(findShown(results, summary).chart.data.series), name).toBe(json);
  }
  await box.destroy();
});

test('the gallery is large enough to mean something', () => {
  const sizes = Object.values(galleries).map(([, plots]) => Object.keys(plots).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(100);
});
