import { installDebianPackages } from './debian-packages.mjs';
import { findPrograms } from './find-program.mjs';
import { runTool } from './run-tool.mjs';
import { SetupProblem } from './setup-problem.mjs';

/**
 * Sees to it that bubblewrap is there and can make namespaces; installs it from Debian's packages where it is missing.
 *
 * @param {{ report?: (line: string) => void }} [options]
 * @returns {Promise<{ bwrap: string, version: string, note: string }>}
 */
export async function ensureBubblewrap({ report } = {}) {
  if (process.platform !== 'linux') {
    throw new SetupProblem(`Sandboxes need Linux; this is ${process.platform}.`, {
      hint: 'use a Linux machine or a virtual machine, version 5.10 of the kernel or later.',
    });
  }
  if (findPrograms('bwrap').length === 0) {
    await installDebianPackages(['bubblewrap'], {
      why: 'bubblewrap, which makes the sandboxes, is not installed',
      ...(report && { report }),
    });
  }
  const bwrap = findPrograms('bwrap')[0];
  if (bwrap === undefined) throw new SetupProblem('bubblewrap was installed, but bwrap is not on the PATH.');
  const { stdout } = await runTool(bwrap, ['--version']);
  const version = /\d+(\.\d+)+/.exec(stdout)?.[0] ?? 'of unknown version';
  await assertMakesNamespaces(bwrap);
  return { bwrap, version, note: `${version} (${bwrap})` };
}

/** @param {string} bwrap */
async function assertMakesNamespaces(bwrap) {
  const args = ['--unshare-all', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', 'true'];
  const { status, output } = await runTool(bwrap, args);
  if (status === 0) return;
  throw new SetupProblem('bubblewrap is installed, but may not make namespaces here.', {
    hint:
      'inside a container, give it the right to (Docker: --privileged); on a machine that forbids user namespaces, ' +
      'allow them (Debian: sysctl kernel.unprivileged_userns_clone=1; ' +
      'Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0) or run as root.',
    output,
  });
}
