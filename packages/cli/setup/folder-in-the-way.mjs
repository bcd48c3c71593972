import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Sandboxes run under user ids of their own. Returns the first folder, from the root down, that such a user cannot pass
 * through on the way to `path` (also where `path` leads through symbolic links), or undefined.
 *
 * @param {string} path
 * @returns {string | undefined}
 */
export function folderInTheWay(path) {
  for (const way of new Set([path, realpathSync(path)])) {
    const closed = ancestors(way).find((folder) => (statSync(folder).mode & 0o001) === 0);
    if (closed !== undefined) return closed;
  }
  return undefined;
}

/** @param {string} path @returns {string[]} */
function ancestors(path) {
  const above = dirname(path);
  return above === path ? [path] : [...ancestors(above), path];
}
