import { isBelowWorkspace, workspacePath } from './completion.ts';
import { type RootPolicy, insideIds } from './policy.ts';

// Keeps I2: the root holds what is named here and nothing else.

const namespaces = [
  '--unshare-user',
  '--unshare-ipc',
  '--unshare-pid',
  '--unshare-net',
  '--unshare-uts',
  '--unshare-cgroup',
];

/** The arguments of `bwrap` for a holder: own namespaces, a root of its own, and a program that only waits and is the first process inside. */
export function toBubblewrapArguments(policy: RootPolicy, program: readonly string[]): string[] {
  const size = String(policy.limits.tmpBytes);
  return [
    ...namespaces,
    ...['--uid', String(insideIds.uid), '--gid', String(insideIds.gid), '--hostname', 'sandbox'],
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...['--ro-bind', '/usr', '/usr'],
    ...['bin', 'sbin', 'lib', 'lib64'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
    ...['--ro-bind', policy.etc, '/etc'],
    ...hostEtc.flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--perms', '1777', '--size', size, '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...['--perms', '1777', '--size', size, '--tmpfs', '/tmp'],
    ...['--perms', '0755', '--size', size, '--tmpfs', '/home/user'],
    ...['--ro-bind', policy.opt, '/opt/quicksand'],
    ...['--dir', workspacePath],
    // After the rest: such a folder may lie below /tmp or /home.
    ...policy.readOnly
      .filter((folder) => !isBelowWorkspace(folder))
      .flatMap(({ source, target }) => ['--ro-bind', source, target]),
    ...['--remount-ro', '/', '--chdir', '/'],
    ...['--as-pid-1', '--info-fd', '3', '--seccomp', '4', '--', ...program],
  ];
}

const bindOptions = new Set(['--bind', '--ro-bind', '--ro-bind-try']);
/** What `--dev` takes from outside: in some containers each is a mount of its own. */
const devices = ['full', 'null', 'random', 'tty', 'urandom', 'zero'].map((name) => `/dev/${name}`);

/** Everything outside that `bwrap` needs for such arguments. */
export function listSources(args: readonly string[]): string[] {
  const binds = args.flatMap((argument, n) => (bindOptions.has(argument) ? args.slice(n + 1, n + 2) : []));
  return ['/proc', ...devices, ...binds];
}

/** The parts of the host's own /etc that programs need and that hold nothing private; they are mount points in the skeleton. */
export const hostEtc: readonly string[] = ['/etc/alternatives', '/etc/fonts', '/etc/ssl/certs', '/etc/ld.so.cache'];
