import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingPlatformPackages } from '../setup/platform-packages.mjs';
import { runSupervised } from './run-supervised.mjs';

/** @typedef {import('./run-supervised.mjs').Place} Place */

/**
 * Lint, format, types and the npm lock: one test each.
 *
 * @param {Place} place
 * @returns {Promise<import('./outcome.mjs').Outcome[]>}
 */
export async function runChecks(place) {
  const tool = (/** @type {string} */ path) => [place.node, join(place.root, 'node_modules', path)];
  const tsc = tool('typescript/bin/tsc');
  const checks = {
    types: ['-b', '-p scripts', '-p tsconfig.tests.json'].map((args) => [...tsc, ...args.split(' ')]),
    lint: [[...tool('oxlint/bin/oxlint'), '--deny-warnings']],
    format: [[...tool('oxfmt/bin/oxfmt'), '--check']],
  };
  const outcomes = [checkNpmLock(place.root)];
  for (const [name, commands] of Object.entries(checks)) outcomes.push(await check(place, name, commands));
  return outcomes;
}

/** @param {Place} place @param {string} name @param {string[][]} commands */
async function check(place, name, commands) {
  process.stdout.write(`\n== ${name}\n`);
  const failed = [];
  for (const command of commands) {
    const { status, problems } = await runSupervised(place, name, command);
    const shown = command.slice(1).join(' ').replaceAll(`${place.root}/`, '');
    if (status !== 0) failed.push(`${shown} ended with exit status ${status}`);
    failed.push(...problems);
  }
  return { name, passed: failed.length === 0 ? 1 : 0, failed, skipped: [] };
}

/** `npm ci` refuses a lock without the packages for other platforms. @param {string} root */
function checkNpmLock(root) {
  const missing = missingPlatformPackages(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const names = Object.keys(missing);
  const failed = names.length === 0 ? [] : [`${names.join(', ')} missing: run node scripts/complete-npm-lock.mjs`];
  return { name: 'package-lock.json', passed: failed.length === 0 ? 1 : 0, failed, skipped: [] };
}
