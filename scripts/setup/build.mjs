import { join } from 'node:path';
import { runToolOrFail } from '../../packages/cli/setup/run-tool.mjs';

/**
 * Builds all packages, and the kernel of JavaScript, which is one file; `tsc -b` knows itself what has changed.
 *
 * @param {string} root
 * @param {(line: string) => void} report
 */
export async function buildPackages(root, report) {
  const scripts = [['node_modules/typescript/bin/tsc', '-b'], ['packages/kernels/javascript/build.mjs']];
  for (const [script = '', ...args] of scripts) {
    await runToolOrFail(join(root, 'node_modules/.bin/node'), [join(root, script), ...args], {
      cwd: root,
      report,
      hint: 'these are errors in the sources; mend them.',
    });
  }
}
