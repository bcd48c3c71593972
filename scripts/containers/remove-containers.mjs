import { runToolOrFail } from '../../packages/cli/setup/run-tool.mjs';
import { images } from './images.mjs';

/**
 * Removes the containers of these tests that there are.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string[]>} their names
 */
export async function removeContainers(env) {
  /** @type {string[]} */
  const removed = [];
  // A sidecar cannot be removed before what uses its network.
  for (const image of [images.host, images.sidecar]) {
    const list = ['ps', '--all', '--filter', `ancestor=${image}`, '--format', '{{.Names}}'];
    const names = (await runToolOrFail('podman', list, { env })).stdout.split('\n').filter(Boolean);
    if (names.length > 0)
      await runToolOrFail('podman', ['rm', '--force', '--ignore', '--time', '0', ...names], { env });
    removed.push(...names);
  }
  return removed;
}
