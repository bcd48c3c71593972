import { findPrograms } from './find-program.mjs';
import { runTool } from './run-tool.mjs';
import { SetupProblem } from './setup-problem.mjs';

const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

/**
 * Installs Debian packages, as root; anyone else is told the command. `apt-get update` runs only when apt does not know
 * a package yet, or when what it knows is out of date.
 *
 * @param {string[]} names
 * @param {{ why: string, report?: (line: string) => void }} options `why`: what the packages are needed for
 */
export async function installDebianPackages(names, { why, report }) {
  const command = `apt-get install -y --no-install-recommends ${names.join(' ')}`;
  if (findPrograms('apt-get').length === 0) {
    const hint = `install with your system's package manager what Debian calls: ${names.join(' ')}`;
    throw new SetupProblem(`${why}, and there is no apt-get here.`, { hint });
  }
  if (process.getuid?.() !== 0) {
    throw new SetupProblem(`${why}; installing it needs root.`, {
      hint: `run\n\n    sudo apt-get update && sudo ${command}\n\nand then the same command as now again.`,
    });
  }
  if (!(await areKnown(names))) await updateLists(why, report);
  let result = await install(names, report);
  if (result.status !== 0) {
    await updateLists(why, report);
    result = await install(names, report);
  }
  if (result.status !== 0) {
    throw new SetupProblem(`${why}, but apt-get could not install it.`, {
      hint: `see that \`${command}\` works, then run the same command as now again.`,
      output: result.output,
    });
  }
}

/**
 * Those of the packages that can be installed here. As root `apt-get update` runs first when apt does not know them all.
 *
 * @param {string[]} names
 * @param {{ why: string, report?: (line: string) => void }} options as of `installDebianPackages`
 */
export async function offeredPackages(names, { why, report }) {
  if (process.getuid?.() === 0 && (await knownPackages(names)).length < names.length) await updateLists(why, report);
  return knownPackages(names);
}

/** @param {string[]} names */
async function areKnown(names) {
  return (await knownPackages(names)).length === names.length;
}

/** @param {string[]} names */
async function knownPackages(names) {
  if (names.length === 0) return [];
  const { stdout } = await runTool('apt-cache', ['policy', ...names], { env: environment });
  const known = [...stdout.matchAll(/^(\S+):\n(?:\s+.*\n)*?\s+Candidate: (.*)$/gm)];
  return known.flatMap(([, name, candidate]) => (name && candidate !== '(none)' ? [name] : []));
}

/** @param {string} why @param {((line: string) => void) | undefined} report */
async function updateLists(why, report) {
  const { status, output } = await runTool('apt-get', ['update'], { env: environment, ...(report && { report }) });
  if (status === 0) return;
  throw new SetupProblem(`${why}, but apt-get update failed.`, {
    hint: 'see that this machine reaches its Debian mirror (/etc/apt/sources.list), then run the same command again.',
    output,
  });
}

/** @param {string[]} names @param {((line: string) => void) | undefined} report */
function install(names, report) {
  const args = ['-o', 'DPkg::Lock::Timeout=180', 'install', '-y', '-q', '--no-install-recommends', ...names];
  return runTool('apt-get', args, { env: environment, ...(report && { report }) });
}
