import { describePython, problemOf } from './choose-python.mjs';
import { installDebianPackages, offeredPackages } from './debian-packages.mjs';
import { findPrograms } from './find-program.mjs';
import { missingPackages } from './missing-packages.mjs';
import { runToolOrFail } from './run-tool.mjs';
import { SetupProblem } from './setup-problem.mjs';

const python = '/usr/bin/python3';

/** Whether Debian's packages can stand in where PyPI cannot be reached. */
export async function hasDebianPython() {
  if (findPrograms('apt-get').length === 0) return false;
  const description = await describePython(python);
  return description !== undefined && problemOf(description) === undefined;
}

/**
 * Makes an environment of Debian's own Python packages: older versions than the locked ones, and without optional ones
 * that Debian has not.
 *
 * @param {string} folder
 * @param {import('./requirements.mjs').Requirement[]} packages
 * @param {((line: string) => void) | undefined} report
 */
export async function makeDebianEnvironment(folder, packages, report) {
  const before = await describePython(python, { packages });
  const missing = packages.filter(({ name }) => before?.missing.some((other) => other.name === name));
  if (missing.length > 0) {
    const why = 'PyPI cannot be reached, and Python packages are missing';
    const names = (/** @type {boolean} */ optional) =>
      missing.filter((requirement) => requirement.optional === optional).flatMap(({ debian }) => debian ?? []);
    // What this release of Debian or Ubuntu does not have, and kernels can do without, is left out.
    const wanted = [...names(false), ...(await offeredPackages(names(true), { why, ...(report && { report }) }))];
    if (wanted.length > 0) await installDebianPackages(wanted, { why, ...(report && { report }) });
  }
  await runToolOrFail(python, ['-I', '-m', 'venv', '--system-site-packages', '--without-pip', folder]);
  const after = await describePython(`${folder}/bin/python`, { packages });
  const { required } = missingPackages(packages, after);
  if (required.length > 0) {
    throw new SetupProblem(`Debian's packages are installed, but these cannot be found: ${required.join(', ')}.`);
  }
}
