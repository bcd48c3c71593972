import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { SetupProblem } from './setup-problem.mjs';

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
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const { mode } = statSync(folder);
    if ((mode & 0o001) === 0) chmodSync(folder, (mode & 0o7777) | 0o001);
  } catch (error) {
    throw new SetupProblem(`The folder ${folder} cannot be made: ${String(error)}`, {
      hint: 'name a folder that you may write to in QUICKSAND_HOME, or run as root.',
    });
  }
}
