// `npm test`: sets up, then runs the checks beside the tests in Python, and all others after them. Ends with `N passed, N failed`.
// Arguments are names of test files for vitest; then only these are run.
import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { reportProblem } from '../packages/cli/setup/set-up.mjs';
import { root, setUpClone } from './setup/set-up-clone.mjs';
import { runChecks } from './test/checks.mjs';
import { compareTraces, listTraces } from './test/left-behind.mjs';
import { summarize } from './test/outcome.mjs';
import { runPythonTests, runVitest } from './test/suites.mjs';

/** @param {{ node: string, python: string }} programs @param {string[]} filters */
async function runAll({ node, python }, filters) {
  // Short, since it holds Unix sockets; as open as /tmp, since tests run programs under other user ids.
  const scratch = mkdtempSync(join(tmpdir(), 'qst-'));
  chmodSync(scratch, 0o1777);
  try {
    const path = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);
    const place = { node, python, root, scratch, env: { ...process.env, PATH: path, TMPDIR: scratch } };
    const before = listTraces(scratch);
    const first = filters.length > 0 ? [] : await Promise.all([runChecks(place), runPythonTests(place)]);
    const outcomes = [...first.flat(), await runVitest(place, filters), compareTraces(before, listTraces(scratch))];
    return summarize(outcomes);
  } finally {
    // What a suite that was ended has left mounted there was named above.
    await rm(scratch, { recursive: true, force: true }).catch(reportLeft);
  }
}

/** @param {Error} error */
function reportLeft(error) {
  process.stderr.write(`the folder of the tests cannot be removed: ${error.message}\n`);
}

try {
  const filters = process.argv.slice(2);
  // What does not build is a failed test, not failed set-up.
  const { lines, status } = await runAll(await setUpClone({ build: false }), filters);
  process.stdout.write(`${lines.join('\n')}\n`);
  process.exitCode = status;
} catch (error) {
  reportProblem(error);
  process.exitCode = 1;
}
