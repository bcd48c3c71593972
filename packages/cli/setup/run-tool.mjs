import { spawn } from 'node:child_process';
import { SetupProblem } from './setup-problem.mjs';

const keptOutput = 64 * 1024;

/**
 * Runs a program to its end. Its output is not shown but kept (the last 64 KiB) and handed on line by line.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, report?: (line: string) => void }} [options]
 * @returns {Promise<{ status: number, output: string, stdout: string }>} status 127: the program is not there
 */
export function runTool(command, args, { cwd, env, report } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let stdout = '';
    /** @param {string} text */
    const keep = (text) => {
      output = (output + text).slice(-keptOutput);
      const line = text
        .trimEnd()
        .split(/[\r\n]/)
        .at(-1)
        ?.trim();
      if (line) report?.(line);
    };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout = (stdout + text).slice(-keptOutput);
      keep(text);
    });
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => resolve({ status: 127, output: error.message, stdout: '' }));
    child.on('close', (code) => resolve({ status: code ?? 1, output, stdout }));
  });
}

/**
 * As `runTool`, and throws a `SetupProblem` when the program fails.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Parameters<typeof runTool>[2] & { hint?: string }} [options]
 */
export async function runToolOrFail(command, args, { hint = '', ...options } = {}) {
  const result = await runTool(command, args, options);
  if (result.status === 0) return result;
  const shown = [command, ...args].join(' ');
  throw new SetupProblem(`${shown} failed with exit status ${result.status}.`, { hint, output: result.output });
}
