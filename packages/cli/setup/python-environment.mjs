import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { choosePython, describePython } from './choose-python.mjs';
import { dataFolder, makeReachableFolder } from './data-folder.mjs';
import { hasDebianPython, makeDebianEnvironment } from './debian-environment.mjs';
import { installDebianPackages } from './debian-packages.mjs';
import { writeEnvironment, writeJson } from './environment-file.mjs';
import { withFileLock } from './file-lock.mjs';
import { folderInTheWay } from './folder-in-the-way.mjs';
import { missingNotice, missingPackages } from './missing-packages.mjs';
import { checkOwnPython } from './own-python.mjs';
import { pipInstall } from './pip-install.mjs';
import { readRequirements } from './requirements.mjs';
import { runToolOrFail } from './run-tool.mjs';
import { SetupProblem } from './setup-problem.mjs';

/**
 * @typedef {{
 *   python: string, prefix: string, basePrefix: string, version: string, packages: Record<string, string>,
 *   missing: string[], source: 'pypi' | 'debian' | 'QUICKSAND_PYTHON', mplConfig: string,
 * }} PythonEnvironment what <data folder>/environment.json holds of it; `mplConfig`: the folder of matplotlib's font cache;
 * `missing`: names of optional packages that are not there
 *
 * @typedef {{ report?: (line: string) => void, notice?: (text: string) => void, again?: boolean }} Options
 * `again`: try PyPI also where an environment of Debian's packages is there
 */

/**
 * Sees to it that the Python environment of the sandboxes is there, and writes it into <data folder>/environment.json.
 *
 * @param {string} requirementsFolder the folder of requirements.in and requirements.lock
 * @param {Options} [options]
 * @returns {Promise<PythonEnvironment & { note: string }>}
 */
export async function ensurePythonEnvironment(requirementsFolder, options = {}) {
  const data = dataFolder();
  for (const folder of [data, join(data, 'python')]) makeReachableFolder(folder);
  const closed = process.getuid?.() === 0 ? folderInTheWay(join(data, 'python')) : undefined;
  if (closed !== undefined) {
    throw new SetupProblem(`Sandboxes run under other user ids, and these cannot pass through ${closed}.`, {
      hint: `choose another data folder with QUICKSAND_HOME (it is ${data}), or allow it: chmod o+x ${closed}`,
    });
  }
  const requirements = readRequirements(requirementsFolder);
  const own = process.env.QUICKSAND_PYTHON;
  const umask = process.umask(0o022);
  try {
    const made = own ? await useOwn(own, data, requirements) : await makeOrReuse(data, requirements, options);
    writeEnvironment(data, made);
    const notice = missingNotice(made.missing, `The Python of the sandboxes (${made.python})`);
    if (notice) options.notice?.(notice);
    const count = Object.keys(made.packages).length;
    return { ...made, note: `${made.version}, ${count} packages and theirs, from ${made.source} (${made.prefix})` };
  } finally {
    process.umask(umask);
  }
}

/** @typedef {ReturnType<typeof readRequirements>} Requirements */

/**
 * @param {string} own @param {string} data @param {Requirements} requirements
 * @returns {Promise<PythonEnvironment>}
 */
async function useOwn(own, data, requirements) {
  const description = await checkOwnPython(own, requirements.list);
  const folder = join(
    data,
    'python',
    `own-${keyOf(description, JSON.stringify([description.packages, description.missing]))}`,
  );
  const known = readStamp(folder);
  if (known) return known;
  makeReachableFolder(folder);
  return finish(folder, description.python, { requirements, source: 'QUICKSAND_PYTHON' });
}

/**
 * @param {string} data @param {Requirements} requirements @param {Options} options
 * @returns {Promise<PythonEnvironment>}
 */
async function makeOrReuse(data, requirements, options) {
  const base = await choosePython();
  const python = join(data, 'python');
  const folder = join(python, keyOf(base, requirements.lock));
  const debianFolder = join(python, `debian-${keyOf(base, JSON.stringify(requirements.list))}`);
  const ready = async () =>
    (await reuse(folder, requirements)) ?? (options.again ? undefined : await reuse(debianFolder, requirements));
  const known = await ready();
  if (known) {
    if (known.source === 'debian') options.notice?.(debianNotice('was'));
    return known;
  }
  const { report } = options;
  const lock = { file: join(python, '.lock'), python: base.python, ...(report && { report }) };
  return withFileLock(lock, async () => {
    const meanwhile = await ready();
    if (meanwhile) return meanwhile;
    const fromPyPi = await makeFromPyPi(folder, base, requirements, report);
    if (fromPyPi) return fromPyPi;
    rmSync(folder, { recursive: true, force: true });
    options.notice?.(debianNotice('is'));
    rmSync(debianFolder, { recursive: true, force: true });
    await makeDebianEnvironment(debianFolder, requirements.list, report);
    return finish(debianFolder, join(debianFolder, 'bin/python'), { requirements, source: 'debian', report });
  });
}

/**
 * @param {string} folder @param {import('./choose-python.mjs').Description} base
 * @param {Requirements} requirements @param {Options['report']} report
 * @returns {Promise<PythonEnvironment | undefined>} undefined: PyPI is out of reach, and Debian's packages may stand in
 */
async function makeFromPyPi(folder, base, requirements, report) {
  if (!base.venv) {
    await installDebianPackages(['python3-venv'], {
      why: `${base.python} cannot make environments: its module ensurepip is missing`,
      ...(report && { report }),
    });
  }
  rmSync(folder, { recursive: true, force: true });
  report?.('making the environment');
  await runToolOrFail(base.python, ['-I', '-m', 'venv', folder]);
  const python = join(folder, 'bin/python');
  const result = await pipInstall(python, requirements.lockFile, report);
  if (result.installed) return finish(folder, python, { requirements, source: 'pypi', report });
  if (await hasDebianPython()) return undefined;
  throw new SetupProblem('PyPI cannot be reached, and there are no Debian packages to use instead.', {
    hint: 'see that pip reaches its index (pip config list), or name a Python of your own in QUICKSAND_PYTHON.',
    output: result.output,
  });
}

/**
 * Imports everything once (which also writes matplotlib's font cache), and writes the stamp, last.
 *
 * @param {string} folder @param {string} python
 * @param {{ requirements: Requirements, source: PythonEnvironment['source'], report?: Options['report'] }} how
 * @returns {Promise<PythonEnvironment>}
 */
async function finish(folder, python, { requirements, source, report }) {
  report?.('importing everything once');
  const mplConfig = join(folder, 'mplconfig');
  makeReachableFolder(mplConfig);
  const env = { ...process.env, MPLCONFIGDIR: mplConfig, MPLBACKEND: 'agg' };
  const description = await describePython(python, { packages: requirements.list, load: true, env });
  const { required, optional } = missingPackages(requirements.list, description);
  if (required.length > 0 || (source === 'pypi' && optional.length > 0)) {
    const problems = description?.missing.map(({ name, problem }) => `${name}: ${problem}`);
    throw new SetupProblem(`${python} cannot import what it must.`, {
      hint: `remove ${folder} and run the same command again.`,
      output: problems?.join('\n') ?? 'It ended without an answer.',
    });
  }
  const made = { ...described(description), missing: optional, source, mplConfig };
  writeJson(join(folder, '.complete'), made);
  return made;
}

/** @param {import('./choose-python.mjs').Description | undefined} description */
function described(description) {
  if (!description) throw new SetupProblem('Python ended without an answer.');
  const { python, prefix, basePrefix, version, packages } = description;
  return { python, prefix, basePrefix, version, packages };
}

/**
 * @param {string} folder @param {Requirements} requirements
 * @returns {Promise<PythonEnvironment | undefined>} undefined also when something was taken out of it since
 */
async function reuse(folder, requirements) {
  const known = readStamp(folder);
  if (!known) return undefined;
  const now = await describePython(known.python, { packages: requirements.list });
  const { required, optional } = missingPackages(requirements.list, now);
  const lost = [...required, ...optional.filter((name) => !known.missing.includes(name))];
  return lost.length === 0 && now?.version === known.version ? known : undefined;
}

/** @param {string} folder @returns {PythonEnvironment | undefined} */
function readStamp(folder) {
  const stamp = join(folder, '.complete');
  return existsSync(stamp) ? JSON.parse(readFileSync(stamp, 'utf8')) : undefined;
}

/** @param {import('./choose-python.mjs').Description} base @param {string} content */
function keyOf({ python, version, machine }, content) {
  return createHash('sha256').update([python, version, machine, content].join('\n')).digest('hex').slice(0, 12);
}

/** @param {'is' | 'was'} tense */
function debianNotice(tense) {
  return [
    `\n  !!  PyPI ${tense} out of reach: the sandboxes get Debian's own Python packages, of older versions than the locked ones.`,
    '      With `--again`, set-up tries PyPI again.\n',
  ].join('\n');
}
