import { installDebianPackages } from './debian-packages.mjs';
import { findPrograms } from './find-program.mjs';

/**
 * Sees to it that the programs are there by which an ordinary user's host gives uids to its sandboxes; root's host needs none.
 *
 * @param {{ report?: (line: string) => void }} [options]
 * @returns {Promise<{ note: string }>}
 */
export async function ensureUidPrograms({ report } = {}) {
  if (findPrograms('newuidmap').length === 0 || findPrograms('newgidmap').length === 0) {
    await installDebianPackages(['uidmap'], {
      why: 'newuidmap and newgidmap, by which an ordinary user gives uids to sandboxes, are not installed',
      ...(report && { report }),
    });
  }
  return { note: findPrograms('newuidmap')[0] ?? '' };
}
