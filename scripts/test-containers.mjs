// `npm run test:containers`: the conformance suite through a Worker, its Durable Object and the container that is bound to it, and the container's life.
// Builds the image of container/Dockerfile without a registry. Needs root, podman, runc, debootstrap and iptables; skipped, loudly, without them.
// Arguments are options of vitest, such as `-t 'part of a name'`. Ends with `N passed, N failed`, as `npm test` does.
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { withFileLock } from '../packages/cli/setup/file-lock.mjs';
import { createProgress, dataFolder, reportProblem } from '../packages/cli/setup/set-up.mjs';
import { buildBase, buildImages, missingForContainers, writePodmanConfiguration } from './containers/build-images.mjs';
import { removeContainers } from './containers/remove-containers.mjs';
import { root, setUpClone } from './setup/set-up-clone.mjs';
import { compareTraces, listTraces } from './test/left-behind.mjs';
import { summarize } from './test/outcome.mjs';
import { runVitest } from './test/suites.mjs';

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
  const programs = await setUpClone({ build: false });
  const report = () => process.stderr.write('another run of these tests is under way; waiting for it\n');
  const lock = { file: join(dataFolder(), 'locks', 'test-containers'), python: programs.python, report };
  return withFileLock(lock, () => run(programs, args));
}

/** @param {{ node: string, python: string }} programs @param {string[]} args */
async function run({ node, python }, args) {
  // Short, since it holds Unix sockets.
  const scratch = mkdtempSync(join(tmpdir(), 'qst-'));
  const podman = { ...process.env, CONTAINERS_CONF: writePodmanConfiguration(scratch) };
  try {
    const { step } = createProgress();
    const { image } = await step('base image', (report) => buildBase({ env: podman, node, report }));
    await step('images', (report) => buildImages(image, { env: podman, report }));
    // A run that was killed has left some.
    await removeContainers(podman);
    const path = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);
    const place = { node, python, root, scratch, env: { ...process.env, PATH: path, TMPDIR: scratch } };
    const before = listTraces(scratch);
    const config = join(root, 'conformance/containers/vitest.config.ts');
    const suite = await runVitest(place, ['--config', config, ...args]);
    const traces = compareTraces(before, listTraces(scratch));
    const left = (await removeContainers(podman)).map((name) => `left behind: container ${name}`);
    const { lines, status } = summarize([suite, { ...traces, failed: [...traces.failed, ...left] }]);
    process.stdout.write(`${lines.join('\n')}\n`);
    return status;
  } finally {
    await removeContainers(podman);
    await rm(scratch, { recursive: true, force: true });
  }
}

// The terminal sends it to what is run as well: that ends, and then we clean up.
process.on('SIGINT', () => {});
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  reportProblem(error);
  process.exitCode = 1;
}
