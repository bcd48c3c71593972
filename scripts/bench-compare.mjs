// `npm run bench:compare BASE [NAME …]`: measures the host of another commit and that of this clone in turn, with the bench of this clone, and prints
// how they differ. A difference that is smaller than what the machine does by itself means nothing: so each row is measured more than once.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runToolOrFail } from '../packages/cli/setup/run-tool.mjs';
import { SetupProblem, createProgress, reportProblem } from '../packages/cli/setup/set-up.mjs';
import { root, setUpClone } from './setup/set-up-clone.mjs';

/** @typedef {{ name: string, unit: string, p50: number, ratio?: number }} Figure */

const rounds = 3;

/** @param {string[]} args */
async function main([base, ...names]) {
  if (base === undefined) {
    throw new SetupProblem('No commit to compare with.', { hint: 'name one: npm run bench:compare main' });
  }
  const { node } = await setUpClone();
  const scratch = mkdtempSync(join(tmpdir(), 'quicksand-base-'));
  const other = join(scratch, 'clone');
  try {
    const { step } = createProgress();
    await step(`clone of ${base}`, async (report) => {
      await runToolOrFail('git', ['-C', root, 'worktree', 'add', '--detach', other, base], { report });
      await runToolOrFail('npm', ['run', 'setup'], { cwd: other, report });
    });
    /** @type {Figure[][][]} base, this */
    const measured = [[], []];
    for (let round = 0; round < rounds; round++) {
      for (const [index, place] of [other, root].entries()) measured[index].push(measure(node, place, names));
    }
    process.stdout.write(`${toTable(measured[0], measured[1])}\n`);
  } finally {
    await runToolOrFail('git', ['-C', root, 'worktree', 'remove', '--force', other]).catch(() => {});
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @param {string} node @param {string} place @param {string[]} names @returns {Figure[]} */
function measure(node, place, names) {
  process.stderr.write(`\n== ${place}\n`);
  const args = [join(root, 'bench/src/main.ts'), '--root', place, ...names];
  const { status, stdout } = spawnSync(node, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new SetupProblem(`The bench ended with ${status}.`);
  return JSON.parse(stdout).figures;
}

/** The best of the rounds: what the machine did beside is in the others. @param {Figure[][]} all @param {string} name */
function best(all, name) {
  const found = all.flatMap((figures) => figures.filter((figure) => figure.name === name));
  const more = found[0]?.unit === '1/s' || found[0]?.unit === 'MB/s';
  return found.toSorted((a, b) => (more ? b.p50 - a.p50 : a.p50 - b.p50))[0];
}

/** @param {Figure[][]} before @param {Figure[][]} after */
function toTable(before, after) {
  const lines = (after[0] ?? []).map(({ name, unit }) => {
    const [was, is] = [best(before, name), best(after, name)];
    if (!was || !is) return `${name.padEnd(64)} only in this clone`;
    const change = `${((is.p50 / was.p50) * 100 - 100).toFixed(1)} %`;
    return `${name.padEnd(64)} ${was.p50.toFixed(3).padStart(10)} ${is.p50.toFixed(3).padStart(10)} ${unit.padEnd(5)} ${change.padStart(9)}`;
  });
  return [`best p50 of ${rounds}`.padEnd(64) + '     before      after', ...lines].join('\n');
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  reportProblem(error);
  process.exitCode = 1;
}
