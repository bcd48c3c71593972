import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createOwnedName, isLeftBehind } from '@quicksand/isolation';
import { SandboxError } from '@quicksand/protocol';

const isRoot = (): boolean => process.getuid?.() === 0;

/** Where Quicksand keeps what must last: `$QUICKSAND_HOME`, else `/var/lib/quicksand` for root, else below `$XDG_DATA_HOME`. */
export function defaultDataFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['QUICKSAND_HOME']) return resolve(env['QUICKSAND_HOME']);
  if (isRoot()) return '/var/lib/quicksand';
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local/share'), 'quicksand');
}

/** Makes a new folder for what lives as long as a host: sockets, pipes, the sandboxes' `/etc`. Removes those of hosts that were killed. */
export async function makeRunFolder(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const base = isRoot() ? '/run/quicksand' : join(env['XDG_RUNTIME_DIR'] ?? tmpdir(), 'quicksand');
  const folder = join(base, createOwnedName());
  await mkdir(folder, { recursive: true, mode: 0o711 });
  await chmod(base, 0o711);
  for (const name of (await readdir(base)).filter(isLeftBehind)) {
    await rm(join(base, name), { recursive: true, force: true });
  }
  await chmod(folder, 0o711);
  return folder;
}

/** Throws `backend_unavailable` when another uid could not reach `folder`, since sandboxes run under uids of their own. */
export async function assertReachable(folder: string): Promise<void> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const { mode } = await stat(at);
    if ((mode & 0o001) === 0) {
      throw new SandboxError('backend_unavailable', {
        message: `sandboxes cannot reach ${folder}: ${at} may not be entered by others`,
        hint: `choose another folder, or run: chmod o+x ${at}`,
      });
    }
    if (at === dirname(at)) return;
  }
}
