import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** One program of docs/charts.md that draws, and what stands below it. */
export interface ChartExample {
  readonly name: string;
  readonly code: string;
  /** The JSON that is printed there. */
  readonly json: string;
  /** Where its picture is kept, from docs/. */
  readonly picture: string;
}

const page = fileURLToPath(new URL('../../docs/charts.md', import.meta.url));
const pattern = /^!\[([^\]]+)\]\((charts\/[\w-]+\.png)\)\n\n```python\n(.*?)\n```\n\n```json\n(.*?)```$/gms;

/** What every example is run behind. */
export const exampleImports = `import matplotlib.pyplot as plt, numpy as np, pandas as pd\nplt.rcParams.update({'figure.figsize': (4, 2.4), 'figure.dpi': 72})\n`;

/** The examples of docs/charts.md. */
export async function readChartExamples(): Promise<ChartExample[]> {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(pattern)].map(([, name = '', picture = '', code = '', json = '']) => ({
    name,
    code,
    json,
    picture,
  }));
}

/** Puts the JSON of each example, by its picture, into docs/charts.md. */
export async function writeChartExamples(printed: ReadonlyMap<string, string>): Promise<void> {
  const text = await readFile(page, 'utf8');
  const written = text.replaceAll(pattern, (whole: string, ...[, picture = '', , json = '']: string[]) => {
    const kept = whole.slice(0, whole.length - json.length - '```'.length);
    return `${kept}${printed.get(picture) ?? json}\`\`\``;
  });
  await writeFile(page, written);
}

/** Series as they are printed on the page: one a line. */
export function printSeries(series: readonly unknown[]): string {
  return series.map((one) => `${JSON.stringify(one).replaceAll(/([,:])(?=["[{\d-])/g, '$1 ')}\n`).join('');
}
