// Measures what docs/performance.md describes: `main.ts [--smoke] [--root FOLDER] [NAME …]`. One JSON object on standard output, a table on standard error.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Bench, type Row, everyProcessor, openBare } from './bench.ts';
import { type Figure, isOutOfReach, ratioOf, reaches } from './figure.ts';
import { Floors } from './floors.ts';
import { toFloors, toTable } from './report.ts';
import { rows } from './rows.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: 'boolean', default: false }, root: { type: 'string' } },
});
const root = values.root ?? fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const dataFolder = process.env['QUICKSAND_HOME'] ?? '/var/lib/quicksand';
const { python } = JSON.parse(readFileSync(join(dataFolder, 'environment.json'), 'utf8')) as { python: string };

function chooseRows(names: readonly string[]): readonly Row[] {
  const unknown = names.filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length === 0) return names.length === 0 ? rows : rows.filter(({ name }) => names.includes(name));
  process.stderr.write(`There is no ${unknown.join(', ')}. There are:\n`);
  for (const { name, about } of rows) process.stderr.write(`  ${name.padEnd(28)} ${about}\n`);
  process.exit(2);
}

async function measure(bench: Bench, chosen: readonly Row[]): Promise<{ figures: Figure[]; leftOut: string[] }> {
  const figures: Figure[] = [];
  const leftOut: string[] = [];
  await using stack = new AsyncDisposableStack();
  const host = stack.use(await openBare(bench, ...(bench.smoke ? everyProcessor : [])));
  // Most of a smoke run would be hosts that start.
  if (!bench.smoke) await stack.disposeAsync();
  for (const row of chosen) {
    if (row.language !== undefined && !host.languages.includes(row.language)) {
      leftOut.push(row.name);
      continue;
    }
    const started = performance.now();
    figures.push(...(await row.measure(bench.smoke ? { ...bench, shared: host } : bench)));
    process.stderr.write(`  ${row.name.padEnd(28)} ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  }
  return { figures, leftOut };
}

function describeMachine(): object {
  return {
    processors: availableParallelism(),
    model: cpus()[0]?.model ?? '',
    memoryGB: Math.round(totalmem() / 1e9),
    kernel: release(),
    node: process.version,
    load: loadavg()[0],
  };
}

const chosen = chooseRows(positionals);
await using floors = new Floors({ node: process.execPath, python });
const machine = describeMachine();
const commit = execFileSync('git', ['-C', root, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const { figures, leftOut } = await measure({ place: { root, dataFolder }, floors, smoke: values.smoke }, chosen);
const judged = figures.map((figure) => ({
  ...figure,
  ratio: ratioOf(figure),
  targets: figure.targets.map((target) => ({
    ...target,
    reached: reaches(figure, target),
    isOutOfReach: isOutOfReach(figure, target),
  })),
}));
process.stderr.write(`\n${toTable(figures)}\n\nfloors\n${toFloors(figures)}\n`);
if (leftOut.length > 0)
  process.stderr.write(`\nleft out, since the host has no kernel for it: ${leftOut.join(', ')}\n`);
process.stdout.write(`${JSON.stringify({ commit, machine, smoke: values.smoke, leftOut, figures: judged })}\n`);
