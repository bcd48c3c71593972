// `npm run charts`: runs the examples of docs/charts.md and writes their pictures and their data.

import { writeFile } from 'node:fs/promises';
import { createHost } from '@quicksand/host';
import { getSandbox } from '@quicksand/sdk';
import { exampleImports, printSeries, readChartExamples, writeChartExamples } from './src/chart-examples.ts';

await using host = await createHost();
const sandbox = getSandbox(host, 'draw-charts');
const printed = new Map<string, string>();
for (const { name, code, picture } of await readChartExamples()) {
  const { results, error } = await sandbox.runCode(exampleImports + code);
  const shown = results.find(({ chart }) => chart);
  if (!shown?.chart || !shown.png) throw new Error(`${name} shows no chart: ${JSON.stringify(error)}`);
  await writeFile(new URL(`../docs/${picture}`, import.meta.url), Buffer.from(shown.png, 'base64'));
  printed.set(picture, printSeries(shown.chart.data.series));
  console.log(picture);
}
await writeChartExamples(printed);
await sandbox.destroy();
