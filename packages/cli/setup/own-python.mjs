import { describePython, problemOf } from './choose-python.mjs';
import { missingPackages } from './missing-packages.mjs';
import { SetupProblem } from './setup-problem.mjs';

/**
 * The Python that QUICKSAND_PYTHON names is used as it is; this only checks that it will do. It may lack optional packages.
 *
 * @param {string} python
 * @param {import('./requirements.mjs').Requirement[]} packages
 * @returns {Promise<import('./choose-python.mjs').Description>}
 */
export async function checkOwnPython(python, packages) {
  const description = await describePython(python, { packages });
  if (description === undefined) {
    throw new SetupProblem(`QUICKSAND_PYTHON names ${python}, which does not run as Python.`, {
      hint: 'name the path of a Python 3.10 or later, or unset QUICKSAND_PYTHON to have an environment made.',
    });
  }
  const problem = problemOf(description);
  if (problem) {
    throw new SetupProblem(`QUICKSAND_PYTHON names ${python}: ${problem.message}.`, { hint: problem.hint });
  }
  const { required: names } = missingPackages(packages, description);
  if (names.length > 0) {
    throw new SetupProblem(`QUICKSAND_PYTHON names ${python}, which does not have: ${names.join(', ')}.`, {
      hint: `run\n\n    ${description.python} -m pip install ${names.join(' ')}\n\nor unset QUICKSAND_PYTHON.`,
    });
  }
  return description;
}
