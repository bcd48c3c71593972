/**
 * What became of one suite or check.
 *
 * @typedef {{ name: string, passed: number, failed: string[], skipped: string[] }} Outcome
 */

/**
 * @param {Outcome[]} outcomes
 * @returns {{ lines: string[], status: number }} what to print at the end, and the exit status
 */
export function summarize(outcomes) {
  const failed = outcomes.flatMap(({ name, failed: names }) => names.map((test) => `${name}: ${test}`));
  const empty = outcomes
    .filter((outcome) => outcome.passed + outcome.failed.length === 0)
    .map(({ name }) => `${name}: no test ran`);
  const skipped = outcomes.flatMap(({ name, skipped: names }) => names.map((test) => `${name}: ${test}`));
  const failures = [...failed, ...empty];
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const lines = [...listed('Failed', failures), ...listed('Skipped', skipped), ''];
  const ending = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  lines.push(`${passed} passed, ${failures.length} failed${ending}`);
  return { lines, status: failures.length > 0 ? 1 : 0 };
}

/** @param {string} title @param {string[]} names */
function listed(title, names) {
  return names.length === 0 ? [] : ['', `${title}:`, ...names.map((name) => `  ${name}`)];
}
