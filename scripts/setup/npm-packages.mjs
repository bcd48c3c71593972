import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { findPrograms } from '../../packages/cli/setup/find-program.mjs';
import { runToolOrFail } from '../../packages/cli/setup/run-tool.mjs';
import { SetupProblem } from '../../packages/cli/setup/setup-problem.mjs';

/**
 * Sees to it that node_modules holds what package-lock.json names. npm's own note of what it installed is compared with
 * the lock, so that nothing is done where somebody has run npm already.
 *
 * @param {string} root
 * @param {(line: string) => void} report
 */
export async function ensureNpmPackages(root, report) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const count = `${Object.values(wanted).filter(({ optional }) => !optional).length} packages`;
  if (differences(root, wanted).length === 0) return { note: `${count}, up to date` };
  const { command, args, path } = npm(root);
  await runToolOrFail(command, [...args, 'ci', '--no-audit', '--no-fund', '--include=dev'], {
    cwd: root,
    env: { ...withoutNpmSettings(), PATH: path },
    report,
    hint: 'see that npm reaches its registry (npm ping), then run the same command again.',
  });
  const missing = differences(root, wanted);
  if (missing.length > 0) throw new SetupProblem(`npm ci ended well, but these are missing: ${missing.join(', ')}.`);
  return { note: `${count} installed` };
}

/** @typedef {Record<string, { version?: string, optional?: boolean, link?: boolean }>} Packages */

/** @param {string} file @returns {Packages} */
function readPackages(file) {
  const entries = Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages);
  return Object.fromEntries(entries.filter(([path]) => path.includes('node_modules/')));
}

/** @param {string} root @param {Packages} wanted */
function differences(root, wanted) {
  const note = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(note)) return ['node_modules'];
  const present = readPackages(note);
  const isPresent = (/** @type {string} */ path) =>
    present[path]?.version === wanted[path]?.version && existsSync(join(root, path, 'package.json'));
  return Object.entries(wanted).flatMap(([path, { optional }]) => (optional || isPresent(path) ? [] : [path]));
}

/**
 * The npm to run, and a PATH without this project's own programs: the Node that runs npm must not be the one that npm
 * is about to remove.
 *
 * @param {string} root
 */
function npm(root) {
  const own = join(root, 'node_modules');
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(own));
  const path = folders.join(delimiter);
  if (findPrograms('npm', path).length > 0 && findPrograms('node', path).length > 0) {
    return { command: 'npm', args: [], path };
  }
  const script = process.env.npm_execpath ?? '';
  if (!script.endsWith('npm-cli.js')) {
    throw new SetupProblem('npm is not on the PATH.', { hint: 'install Node.js 20 or later with npm.' });
  }
  return { command: process.execPath, args: [script], path: [dirname(process.execPath), path].join(delimiter) };
}

/** Settings of the `npm run` that started us, for example its workspace or its silence, are not for this npm. */
function withoutNpmSettings() {
  const foreign = /^npm_(config_(workspace|workspaces|omit|ignore_scripts|production|only)|lifecycle|package)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
