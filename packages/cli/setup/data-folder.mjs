import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where Quicksand keeps what outlives a run: the Python environments and the sandboxes' workspaces.
 *
 * @param {NodeJS.ProcessEnv} [env]
 */
export function dataFolder(env = process.env) {
  if (env.QUICKSAND_HOME) return resolve(env.QUICKSAND_HOME);
  if (process.getuid?.() === 0) return '/var/lib/quicksand';
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'quicksand');
}

/**
 * Makes a folder of ours that programs under other user ids can pass through (not list), whatever the umask is.
 *
 * @param {string} folder
 */
export function makeReachableFolder(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const { mode } = statSync(folder);
  if ((mode & 0o001) === 0) chmodSync(folder, (mode & 0o7777) | 0o001);
}
