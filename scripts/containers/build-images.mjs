import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { findPrograms } from '../../packages/cli/setup/find-program.mjs';
import { runTool, runToolOrFail } from '../../packages/cli/setup/run-tool.mjs';
import { root } from '../setup/set-up-clone.mjs';
import { images, label } from './images.mjs';

/** @typedef {{ env: NodeJS.ProcessEnv, node: string, report: (line: string) => void }} Options */

const base = (/** @type {string} */ version) => `localhost/quicksand-test-base:trixie-node-${version}`;
const authorities = '/etc/machine-authorities.crt';

/**
 * Makes what container/Dockerfile begins with, without a registry: Debian's packages, this clone's Node, and npm. It trusts whom this machine trusts.
 *
 * @param {Options} options
 * @returns {Promise<{ image: string, note: string }>}
 */
export async function buildBase({ env, node, report }) {
  const image = base((await runToolOrFail(node, ['--version'])).stdout.trim());
  if ((await runTool('podman', ['image', 'exists', image], { env })).status === 0) return { image, note: image };
  const scratch = mkdtempSync(join(tmpdir(), 'quicksand-base-'));
  try {
    const tree = join(scratch, 'root');
    await runToolOrFail('debootstrap', ['--variant=minbase', 'trixie', tree, 'http://deb.debian.org/debian'], {
      report,
    });
    const local = join(tree, 'usr/local');
    copyFileSync(node, join(local, 'bin/node'));
    chmodSync(join(local, 'bin/node'), 0o755);
    mkdirSync(join(local, 'lib/node_modules'), { recursive: true });
    cpSync(await findNpm(), join(local, 'lib/node_modules/npm'), { recursive: true });
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'));
    copyFileSync('/etc/ssl/certs/ca-certificates.crt', join(tree, authorities));
    const archive = join(scratch, 'root.tar');
    await runToolOrFail('tar', ['-C', tree, '-cf', archive, '.'], { report });
    const settings = ['NODE_EXTRA_CA_CERTS', 'npm_config_cafile', 'PIP_CERT'].map((name) => `${name}=${authorities}`);
    const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    const changes = [...[path, ...settings].map((setting) => `ENV=${setting}`), `LABEL=${label}`];
    const options = changes.flatMap((change) => ['--change', change]);
    await runToolOrFail('podman', ['import', ...options, archive, image], { env, report });
    return { image, note: image };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The folder of npm. */
async function findNpm() {
  const { stdout } = await runToolOrFail('npm', ['root', '--global']);
  return join(stdout.trim(), 'npm');
}

/**
 * Builds container/Dockerfile and the stand-in for the network beside a container, and removes what an earlier version of them was made of.
 *
 * @param {string} image what both begin with
 * @param {Omit<Options, 'node'>} options
 */
export async function buildImages(image, { env, report }) {
  const always = ['build', '--network', 'host', '--isolation', 'chroot', '--build-arg', `BASE=${image}`];
  const build = async (/** @type {string[]} */ ...args) =>
    runToolOrFail('podman', [...always, ...args], { env, report });
  const file = join(root, 'container/Dockerfile');
  await build('-f', file, '--target', 'build', '-t', images.stage, root);
  await build('-f', file, '-t', images.host, root);
  const folder = join(root, 'conformance/containers');
  await build('-f', join(folder, 'sidecar.Dockerfile'), '-t', images.sidecar, folder);
  await runToolOrFail('podman', ['image', 'prune', '--force', '--filter', `label=${label}`], { env, report });
}

/** What is missing on this machine to build and run containers. */
export function missingForContainers() {
  const programs = ['podman', 'runc', 'debootstrap', 'iptables'];
  const missing = programs.filter((name) => findPrograms(name, `${process.env.PATH}:/usr/sbin:/sbin`).length === 0);
  return process.getuid?.() === 0 ? missing : [...missing, 'root'];
}

/** A configuration for podman that starts containers where root has smaller limits than podman's own. @param {string} folder */
export function writePodmanConfiguration(folder) {
  const file = join(folder, 'containers.conf');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n');
  return file;
}
