import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { choosePython } from '../../packages/cli/setup/choose-python.mjs';
import { withFileLock } from '../../packages/cli/setup/file-lock.mjs';
import {
  createProgress,
  dataFolder,
  ensureBubblewrap,
  ensureNodeEnvironment,
  ensurePythonEnvironment,
  ensureUserPrograms,
  SetupProblem,
} from '../../packages/cli/setup/set-up.mjs';
import { buildPackages } from './build.mjs';
import { ensureNode24 } from './node24.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';

/** The folder of the clone. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/**
 * Does all that a fresh clone on a fresh machine needs, and little where it was done before. Needs no package and no
 * Node later than 18.
 *
 * @param {{ build?: boolean, again?: boolean }} [options] `build`: also build the packages (default true)
 * @returns {Promise<{ node: string, python: string }>} the programs that everything after set-up runs on
 */
export async function setUpClone({ build = true, again = false } = {}) {
  if (Number(process.versions.node.split('.')[0]) < 18) {
    throw new SetupProblem(`This is Node ${process.versions.node}.`, { hint: 'install Node.js 20 or later.' });
  }
  const { step, notice } = createProgress();
  await step('bubblewrap', (report) => ensureBubblewrap({ report }));
  // The tests start hosts as ordinary users, too.
  await step('for ordinary users', (report) => ensureUserPrograms({ report }));
  const name = createHash('sha256').update(root).digest('hex').slice(0, 12);
  const python = process.env.QUICKSAND_PYTHON ?? (await choosePython()).python;
  const lock = {
    file: join(dataFolder(), 'locks', name),
    python,
    report: (/** @type {string} */ line) => notice(`  ${line}`),
  };
  const { node } = await withFileLock(lock, async () => {
    await step('npm packages', (report) => ensureNpmPackages(root, report));
    const found = await step('Node', (report) => ensureNode24(root, report));
    if (build) await step('build', (report) => buildPackages(root, report));
    await step('Node of sandboxes', (report) => ensureNodeEnvironment({ report }));
    return found;
  });
  const requirements = join(root, 'packages/kernels/python');
  const environment = await step('Python environment', (report) =>
    ensurePythonEnvironment(requirements, { report, notice, again }),
  );
  return { node, python: environment.python };
}
