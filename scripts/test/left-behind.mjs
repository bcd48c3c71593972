import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What Quicksand has on this machine at the moment besides processes: run folders, temporary folders, control groups
 * and mounts.
 *
 * @param {string} temporary the tests' own folder for temporary files
 * @returns {Set<string>}
 */
export function listTraces(temporary) {
  return new Set([
    ...entries('/run/quicksand').filter(hasNoProcess),
    ...entries(temporary).filter((path) => /\/(quicksand|qs|miniflare)[^/]*$/.test(path)),
    ...controlGroups('/sys/fs/cgroup', 5).filter(hasNoProcess),
    ...mounts().filter((point) => point.includes('/quicksand') && isOfNobody(point)),
  ]);
}

/**
 * What the tests left behind, each with a name.
 *
 * @param {Set<string>} before
 * @param {Set<string>} after
 * @returns {import('./outcome.mjs').Outcome}
 */
export function compareTraces(before, after) {
  const failed = [...after].filter((path) => !before.has(path)).map((path) => `left behind: ${path}`);
  return { name: 'nothing left behind', passed: failed.length === 0 ? 1 : 0, failed, skipped: [] };
}

/** @param {string} folder */
function entries(folder) {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/**
 * Names that hold a pid belong to that process; another host that runs on this machine is not to blame.
 *
 * @param {string} path
 */
function hasNoProcess(path) {
  const pid = /\/(?:quicksand-(?:test-)?)?(\d+)[^/]*$/.exec(path)?.[1];
  return pid === undefined || !existsSync(`/proc/${pid}`);
}

/**
 * The same for a path with such a name anywhere.
 *
 * @param {string} path
 */
function isOfNobody(path) {
  const folders = path.split('/');
  return folders.every((_, at) => hasNoProcess(folders.slice(0, at + 1).join('/')));
}

/** @param {string} folder @param {number} depth @returns {string[]} */
function controlGroups(folder, depth) {
  if (depth === 0 || !existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const path = join(folder, name);
      return name.startsWith('quicksand-') && name !== 'quicksand-host' ? [path] : controlGroups(path, depth - 1);
    });
}

function mounts() {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? []);
}
