import { join } from 'node:path';
import { runTool, runToolOrFail } from '../../packages/cli/setup/run-tool.mjs';
import { SetupProblem } from '../../packages/cli/setup/setup-problem.mjs';

const oldest = 24;

/**
 * Sees to it that the project's own Node (the devDependency `node`) is there; everything after set-up runs on it.
 *
 * @param {string} root
 * @param {(line: string) => void} report
 * @returns {Promise<{ node: string, note: string }>}
 */
export async function ensureNode24(root, report) {
  const node = join(root, 'node_modules/.bin/node');
  let version = await versionOf(node);
  if (version === undefined) {
    // The package brings the program by an install script, which npm skips where scripts are switched off.
    await runToolOrFail('npm', ['rebuild', 'node', '--ignore-scripts=false', '--foreground-scripts'], {
      cwd: root,
      report,
      hint: 'the package `node` must be allowed to run its install script.',
    });
    version = await versionOf(node);
  }
  if (version === undefined) {
    throw new SetupProblem(`${node} is not Node ${oldest} or later.`, {
      hint: 'remove node_modules and run the same command again.',
    });
  }
  return { node, note: version };
}

/** @param {string} node @returns {Promise<string | undefined>} */
async function versionOf(node) {
  const { status, stdout } = await runTool(node, ['--version']);
  const version = stdout.trim();
  return status === 0 && Number(/^v(\d+)/.exec(version)?.[1]) >= oldest ? version : undefined;
}
