import { runTool } from './run-tool.mjs';
import { SetupProblem } from './setup-problem.mjs';

/** Settings of the user's pip that would put packages elsewhere, or others than those of the lock. */
const foreignSettings = [
  'PIP_TARGET',
  'PIP_PREFIX',
  'PIP_ROOT',
  'PIP_CONSTRAINT',
  'PIP_REQUIREMENT',
  'PYTHONPATH',
  'PYTHONHOME',
];

/**
 * Installs exactly what the lock names, checked by hash.
 *
 * @param {string} python of the environment
 * @param {string} lockFile
 * @param {((line: string) => void) | undefined} report
 * @returns {Promise<{ installed: true } | { installed: false, output: string }>} not installed: PyPI is out of reach
 */
export async function pipInstall(python, lockFile, report) {
  const args = ['-m', 'pip', 'install', '--require-hashes', '--only-binary', ':all:', '--no-user', '--no-input'];
  const quiet = ['--disable-pip-version-check', '--no-warn-script-location', '--progress-bar', 'off'];
  const { status, output } = await runTool(python, [...args, ...quiet, '-r', lockFile], {
    env: environment(),
    ...(report && { report }),
  });
  if (status === 0) return { installed: true };
  if (isOutOfReach(output)) return { installed: false, output };
  throw new SetupProblem('pip could not install the packages of requirements.lock.', {
    hint: hintFor(output),
    output,
  });
}

/**
 * Whether pip failed because it reached no index that has the package, and not because something is wrong with what it
 * was asked for: a wrong hash, or a version that the index does not have among those that it has.
 *
 * @param {string} output
 */
export function isOutOfReach(output) {
  if (isHashProblem(output)) return false;
  if (/\(from versions: none\)/.test(output)) return true;
  if (/No matching distribution found/.test(output)) return false;
  return /Connection|Max retries exceeded|Name or service not known|name resolution|ProxyError|SSLError|timed out|HTTP error [45]\d\d|[45]\d\d (Client|Server) Error/i.test(
    output,
  );
}

/** @param {string} output */
function isHashProblem(output) {
  return /DO NOT MATCH THE HASHES|require-hashes mode|hash(es)? (mismatch|are missing)/i.test(output);
}

/** @param {string} output */
function hintFor(output) {
  if (isHashProblem(output)) {
    return 'a package is not the one that was locked. Do not install it by hand; see which index pip uses (pip config list).';
  }
  return 'see what pip says above. A Python of your own can be used with QUICKSAND_PYTHON=/path/to/python.';
}

/** @returns {NodeJS.ProcessEnv} */
function environment() {
  /** @type {NodeJS.ProcessEnv} */
  const env = { PIP_RETRIES: '2', PIP_DEFAULT_TIMEOUT: '20', ...process.env, PIP_REQUIRE_VIRTUALENV: '0' };
  for (const name of foreignSettings) delete env[name];
  return env;
}
