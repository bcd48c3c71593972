import { installDebianPackages } from './debian-packages.mjs';
import { findPrograms } from './find-program.mjs';

/** Debian's packages, and the programs of them that a host starts. */
const needed = { uidmap: ['newuidmap', 'newgidmap'], fuse2fs: ['fuse2fs'] };

/**
 * Sees to it that the programs are there by which an ordinary user's host gives uids to its sandboxes and limits the size of
 * their workspaces; root's host needs none.
 *
 * @param {{ report?: (line: string) => void }} [options]
 * @returns {Promise<{ note: string }>}
 */
export async function ensureUserPrograms({ report } = {}) {
  const path = `${process.env.PATH}:/usr/sbin:/sbin`;
  const missing = Object.entries(needed).flatMap(([name, programs]) =>
    programs.some((program) => findPrograms(program, path).length === 0) ? [name] : [],
  );
  if (missing.length > 0) {
    await installDebianPackages(missing, {
      why: `what a host of an ordinary user needs is not installed: ${missing.join(', ')}`,
      ...(report && { report }),
    });
  }
  return { note: Object.values(needed).flat().join(', ') };
}
