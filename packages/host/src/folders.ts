import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createOwnedName, isKept, isLeftBehind } from '@quicksand/isolation';

const isRoot = (): boolean => process.getuid?.() === 0;

/** Where Quicksand keeps what must last: `$QUICKSAND_HOME`, else `/var/lib/quicksand` for root, else below `$XDG_DATA_HOME`. */
export function defaultDataFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['QUICKSAND_HOME']) return resolve(env['QUICKSAND_HOME']);
  if (isRoot()) return '/var/lib/quicksand';
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local/share'), 'quicksand');
}

/**
 * Where run folders are: also the hosts of an ordinary user need a place that the uids of sandboxes reach, and `$XDG_RUNTIME_DIR` is none. `/tmp` lets
 * nobody take a name from its owner.
 */
function toRunBase(): string {
  return isRoot() && !isKept() ? '/run/quicksand' : tmpdir();
}

/** Makes a new folder for what lives as long as a host: sockets, pipes, the sandboxes' `/etc`. Removes those of hosts that were killed. */
export async function makeRunFolder(base: string = toRunBase()): Promise<string> {
  const folder = join(base, createOwnedName());
  if (base !== tmpdir()) {
    await mkdir(base, { recursive: true });
    await chmod(base, 0o711);
  }
  await mkdir(folder);
  await chmod(folder, 0o711);
  await removeLeftRunFolders(base);
  return folder;
}

/** Removes the run folders of this user's hosts that were killed. */
export async function removeLeftRunFolders(base: string = toRunBase()): Promise<void> {
  for (const name of (await readdir(base)).filter(isLeftBehind)) {
    const folder = join(base, name);
    const found = await stat(folder).catch(() => undefined);
    if (found?.uid === process.getuid?.()) await rm(folder, { recursive: true, force: true });
  }
}
