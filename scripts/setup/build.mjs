import { join } from 'node:path';
import { runToolOrFail } from '../../packages/cli/setup/run-tool.mjs';

/**
 * Builds all packages; `tsc -b` knows itself what has changed.
 *
 * @param {string} root
 * @param {(line: string) => void} report
 */
export async function buildPackages(root, report) {
  await runToolOrFail(join(root, 'node_modules/.bin/node'), [join(root, 'node_modules/typescript/bin/tsc'), '-b'], {
    cwd: root,
    report,
    hint: 'these are errors in the sources; mend them.',
  });
}
