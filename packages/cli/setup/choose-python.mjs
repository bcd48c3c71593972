import { fileURLToPath } from 'node:url';
import { findPrograms, isProgram } from './find-program.mjs';
import { folderInTheWay } from './folder-in-the-way.mjs';
import { runTool } from './run-tool.mjs';
import { SetupProblem } from './setup-problem.mjs';

/**
 * @typedef {{
 *   python: string, prefix: string, basePrefix: string, version: string, machine: string, venv: boolean,
 *   packages: Record<string, string>, missing: { name: string, problem: string }[],
 * }} Description
 */

const script = fileURLToPath(new URL('./describe_python.py', import.meta.url));

/**
 * Asks a Python what it is and which of the packages it has; undefined when it does not answer.
 *
 * @param {string} python
 * @param {{ packages?: { name: string, import: string }[], load?: boolean, env?: NodeJS.ProcessEnv }} [question]
 * @returns {Promise<Description | undefined>}
 */
export async function describePython(python, { packages = [], load = false, env } = {}) {
  const { status, stdout } = await runTool(python, ['-I', script, JSON.stringify({ packages, load })], env && { env });
  const line = stdout.trimEnd().split('\n').at(-1);
  return status === 0 && line ? JSON.parse(line) : undefined;
}

/**
 * The Python to make the environment of: Debian's own, else the first on the PATH that will do.
 *
 * @returns {Promise<Description>}
 */
export async function choosePython() {
  const refusals = [];
  for (const candidate of new Set(['/usr/bin/python3', ...findPrograms('python3')])) {
    if (!isProgram(candidate)) continue;
    const description = await describePython(candidate);
    const problem = description ? problemOf(description) : { message: 'it does not start' };
    if (description && !problem) return description;
    refusals.push(`${candidate}: ${problem?.message}`);
  }
  throw new SetupProblem('No Python 3.10 or later that sandboxes can use was found.', {
    hint: 'install one (Debian: sudo apt-get install -y python3 python3-venv), or name one in QUICKSAND_PYTHON.',
    output: refusals.join('\n'),
  });
}

/**
 * Why this Python cannot be used in sandboxes.
 *
 * @param {Description} description
 * @returns {{ message: string, hint: string } | undefined}
 */
export function problemOf({ python, prefix, basePrefix, version }) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== 3 || minor < 10) {
    return { message: `it is Python ${version}; 3.10 is the oldest that will do`, hint: 'Python 3.11 is recommended.' };
  }
  for (const path of [basePrefix, prefix, python]) {
    const folder = folderInTheWay(path);
    if (folder === undefined) continue;
    return {
      message: `sandboxes run under other user ids, and these cannot pass through ${folder} on the way to ${path}`,
      hint: `use a Python outside of ${folder} (Debian's own is /usr/bin/python3), or allow it: chmod o+x ${folder}`,
    };
  }
  return undefined;
}
