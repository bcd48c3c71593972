import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCgroupLayout } from '@quicksand/isolation';
import { defaultDataFolder } from '@quicksand/host';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** How a user's command is run. */
export interface AsOptions {
  /** Whether in groups that are delegated to the user. Default: true. */
  readonly groups?: boolean;
  /** A line for root's shell that takes something away before, in a mount namespace of the command's own. */
  readonly change?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A user of this machine that is made for a test. */
export interface OrdinaryUser extends AsyncDisposable {
  readonly name: string;
  readonly uid: number;
  /** The uids that `/etc/subuid` gives it. */
  readonly subuids: { readonly first: number; readonly count: number };
  /** A data folder of its own, with the Python environment of the machine, in a home that is closed to others. */
  readonly dataFolder: string;
  /** The command that runs another as this user. */
  as(command: readonly string[], options?: AsOptions): string[];
  /** A file of this clone where the user can reach it. */
  reach(path: string): string;
}

/** Makes a user with subordinate ids and delegated groups, as an administrator would. Removing it removes all of that. */
export async function openOrdinaryUser(): Promise<OrdinaryUser> {
  await using stack = new AsyncDisposableStack();
  const name = `qs-test-${randomBytes(4).toString('hex')}`;
  const scratch = mkdtempSync(join(tmpdir(), 'quicksand-user-'));
  stack.defer(() => rmSync(scratch, { recursive: true, force: true }));
  chmodSync(scratch, 0o711);
  const home = join(scratch, 'home');
  run('useradd', '--home-dir', home, '--create-home', '--shell', '/bin/sh', name);
  stack.defer(() => void run('userdel', name));
  const uid = Number(run('id', '-u', name));
  chmodSync(home, 0o700);
  const dataFolder = makeDataFolder(home);
  run('chown', '-R', name, home);
  const groups = makeGroups(name, stack);
  const reach = makeReach(scratch, stack);
  const [, first, count] = /^[^:]+:(\d+):(\d+)$/m.exec(readLine('/etc/subuid', name)) ?? [];
  const fuse = makeFuse(scratch);
  const enter = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 1; shift; done; shift; exec "$@"';
  const owned = stack.move();
  return {
    name,
    uid,
    subuids: { first: Number(first), count: Number(count) },
    dataFolder,
    reach,
    as: (command, { groups: inGroups = true, change = ':', env = {} } = {}) => [
      ...['unshare', '--mount', '--propagation', 'private', '--', '/bin/sh', '-c'],
      ...[`mount --bind "$0" /dev/fuse && { ${change}; } && exec "$@"`, fuse],
      ...['/bin/sh', '-c', enter, 'sh', ...(inGroups ? groups : []), '--'],
      ...['setpriv', `--reuid=${name}`, `--regid=${name}`, '--init-groups', '--inh-caps=-all', '--'],
      ...['env', `HOME=${home}`, `QUICKSAND_HOME=${dataFolder}`],
      ...Object.entries(env).map(([key, value]) => `${key}=${value}`),
      ...command,
    ],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

function readLine(file: string, name: string): string {
  return (
    readFileSync(file, 'utf8')
      .split('\n')
      .find((line) => line.startsWith(`${name}:`)) ?? ''
  );
}

function makeDataFolder(home: string): string {
  const folder = join(home, 'data');
  mkdirSync(folder, { mode: 0o755 });
  const environment = JSON.parse(readFileSync(join(defaultDataFolder(), 'environment.json'), 'utf8')) as {
    mplConfig: string;
  };
  const mplConfig = join(folder, 'mplconfig');
  cpSync(environment.mplConfig, mplConfig, { recursive: true });
  writeFileSync(join(folder, 'environment.json'), JSON.stringify({ ...environment, mplConfig }));
  return folder;
}

/** A group in every hierarchy that limits need, given to the user; the files by which a process enters them. */
function makeGroups(name: string, stack: AsyncDisposableStack): string[] {
  const { hierarchies } = readCgroupLayout();
  const folders = [...new Set(Object.values(hierarchies).map(({ mount }) => join(mount, name)))];
  for (const folder of folders) {
    mkdirSync(folder);
    stack.defer(() => {
      // Hosts of version 2 leave the leaf that they were in.
      const leaf = join(folder, 'quicksand-host');
      if (existsSync(leaf)) rmdirSync(leaf);
      rmdirSync(folder);
    });
    run('chown', '-R', name, folder);
  }
  return folders.map((folder) => join(folder, 'cgroup.procs'));
}

/** The device of FUSE as every distribution has it, open to all; without udev it is root's alone. */
function makeFuse(scratch: string): string {
  const device = join(scratch, 'fuse');
  run('mknod', '--mode=666', device, 'c', '10', '229');
  return device;
}

/** A clone below a closed folder, such as `/root`, is shown where the user can reach it. */
function makeReach(scratch: string, stack: AsyncDisposableStack): (path: string) => string {
  if (isOpen(root)) return (path) => path;
  const folder = join(scratch, 'clone');
  mkdirSync(folder);
  run('mount', '--bind', root, folder);
  stack.defer(() => rmdirSync(folder));
  stack.defer(() => void run('umount', folder));
  return (path) => (path.startsWith(`${root}/`) ? join(folder, relative(root, path)) : path);
}

function isOpen(folder: string): boolean {
  return (statSync(folder).mode & 0o001) !== 0 && (folder === '/' || isOpen(dirname(folder)));
}
