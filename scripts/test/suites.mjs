import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runSupervised } from './run-supervised.mjs';

/** @typedef {import('./run-supervised.mjs').Place} Place */
/** @typedef {import('./outcome.mjs').Outcome} Outcome */

/**
 * The tests of all packages and the conformance suite.
 *
 * @param {Place} place
 * @param {string[]} filters names of files, as vitest takes them
 * @returns {Promise<Outcome>}
 */
export async function runVitest(place, filters) {
  process.stdout.write('\n== vitest\n');
  const report = join(place.scratch, 'vitest.json');
  const script = join(place.root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const command = [place.node, script, 'run', ...reporters, ...filters];
  const { status, problems } = await runSupervised(place, 'vitest', command);
  const outcome = existsSync(report) ? readVitest(report, place.root) : emptyOutcome('vitest');
  return finish(outcome, status, problems);
}

/**
 * The tests of the kernels in Python, on the Python of the sandboxes.
 *
 * @param {Place} place
 * @returns {Promise<Outcome[]>} none where there are no such tests
 */
export async function runPythonTests(place) {
  const folder = join(place.root, 'packages/kernels/python/tests');
  if (!existsSync(folder)) return [];
  process.stdout.write('\n== Python\n');
  const report = join(place.scratch, 'python.json');
  const runner = fileURLToPath(new URL('./run_unittest.py', import.meta.url));
  const { status, problems } = await runSupervised(place, 'python', [place.python, '-B', runner, folder, report]);
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  return [finish({ ...emptyOutcome('Python'), ...result }, status, problems)];
}

/** @param {string} report @param {string} root @returns {Outcome} */
function readVitest(report, root) {
  const outcome = emptyOutcome('vitest');
  for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    const path = relative(root, file.name);
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') outcome.passed += 1;
      else if (status === 'failed') outcome.failed.push(`${path} > ${fullName}`);
      else outcome.skipped.push(`${path} > ${fullName}`);
    }
    const hasFailedTest = file.assertionResults.some(
      (/** @type {{ status: string }} */ test) => test.status === 'failed',
    );
    if (file.status === 'failed' && !hasFailedTest) outcome.failed.push(`${path}: ${firstLine(file.message)}`);
  }
  return outcome;
}

/**
 * A suite that ended badly without a failed test (an unhandled error, a crash) has failed too.
 *
 * @param {Outcome} outcome @param {number} status @param {string[]} problems
 */
function finish(outcome, status, problems) {
  const failed = [...outcome.failed, ...problems];
  if (status !== 0 && failed.length === 0) failed.push(`ended with exit status ${status}, see above`);
  return { ...outcome, failed };
}

/** @param {string} name @returns {Outcome} */
function emptyOutcome(name) {
  return { name, passed: 0, failed: [], skipped: [] };
}

/** @param {string} [text] */
function firstLine(text = '') {
  return text.split('\n')[0] || 'could not be run';
}
