// `npm run test:containers`: the conformance suite through a Worker, its Durable Object and the container that is bound to it, and the container's life.
// Builds the image of container/Dockerfile without a registry. Needs root, podman, runc, debootstrap and iptables; skipped, loudly, without them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { createProgress, reportProblem } from '../packages/cli/setup/set-up.mjs';
import { buildBase, buildImages, missingForContainers, writePodmanConfiguration } from './containers/build-images.mjs';
import { root, setUpClone } from './setup/set-up-clone.mjs';

/** @param {string[]} args */
async function main(args) {
  const missing = missingForContainers();
  if (missing.length > 0) {
    const line = '!'.repeat(80);
    process.stdout.write(
      `${line}\nSKIPPED: no container was tested, since this machine lacks: ${missing.join(', ')}.\n` +
        `Debian: apt-get install -y --no-install-recommends podman runc debootstrap iptables\n${line}\n`,
    );
    return 0;
  }
  const { node } = await setUpClone({ build: false });
  const scratch = mkdtempSync(join(tmpdir(), 'quicksand-podman-'));
  try {
    const env = { ...process.env, CONTAINERS_CONF: writePodmanConfiguration(scratch) };
    const { step } = createProgress();
    const { image } = await step('base image', (report) => buildBase({ env, node, report }));
    await step('images', (report) => buildImages(image, { env, report }));
    const config = join(root, 'conformance/containers/vitest.config.ts');
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const path = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);
    const options = { cwd: root, env: { ...process.env, PATH: path }, stdio: /** @type {const} */ ('inherit') };
    return spawnSync(node, [vitest, 'run', '--config', config, ...args], options).status ?? 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  reportProblem(error);
  process.exitCode = 1;
}
