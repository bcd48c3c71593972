import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const supervisor = fileURLToPath(new URL('./supervise.py', import.meta.url));

/**
 * @typedef {{ node: string, python: string, root: string, scratch: string, env: NodeJS.ProcessEnv }} Place
 * `scratch`: a folder for reports and temporary files, removed at the end
 */

/**
 * Runs a command, its output on our own, and finds what it leaves running.
 *
 * @param {Place} place
 * @param {string} name
 * @param {string[]} command
 * @returns {Promise<{ status: number, problems: string[] }>}
 */
export async function runSupervised({ python, root, scratch, env }, name, command) {
  const report = join(scratch, `${name}.processes.json`);
  const seconds = env.QUICKSAND_TEST_SECONDS ?? '1300';
  const child = spawn(python, ['-I', supervisor, report, seconds, ...command], { cwd: root, env, stdio: 'inherit' });
  const [code] = await once(child, 'close');
  if (!existsSync(report)) return { status: code ?? 1, problems: ['the supervisor of the processes was ended'] };
  const { left, timedOut } = JSON.parse(readFileSync(report, 'utf8'));
  const problems = left.map((/** @type {string} */ line) => `left running: ${line}`);
  if (timedOut) problems.push(`did not end within ${seconds} s`);
  return { status: code ?? 1, problems };
}
