import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { runTool } from '../run-tool.ts';
import type { MachineCheck } from './machine-check.ts';

/** Whether bubblewrap is installed, and recent enough for the options that holders use. */
export async function checkBubblewrap(): Promise<MachineCheck> {
  const base = { part: 'bubblewrap', strength: 'required' } as const;
  const fix = 'apt-get install -y bubblewrap';
  try {
    const found = (await runTool('bwrap', ['--version'])).trim();
    const [, major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(found)?.map(Number) ?? [];
    // --perms and --size came with 0.5 and 0.6.
    const ok = major > 0 || minor >= 6;
    return { ...base, ok, found, ...(!ok && { fix }) };
  } catch (error) {
    return { ...base, ok: false, found: (error as Error).message, fix };
  }
}

/** Settings of the kernel and of distributions that forbid user namespaces: the value that forbids, and the command that allows. */
const switches = [
  { file: '/proc/sys/user/max_user_namespaces', forbids: '0', fix: 'sysctl -w user.max_user_namespaces=15000' },
  {
    file: '/proc/sys/kernel/unprivileged_userns_clone',
    forbids: '0',
    fix: 'sysctl -w kernel.unprivileged_userns_clone=1',
  },
  {
    file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    forbids: '1',
    fix: 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  },
];

/** What to do where user namespaces are refused. */
export function findUserNamespaceFix(): string {
  const outside =
    'run the host outside of the container, or start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined';
  return switches.find(({ file, forbids }) => readText(file).trim() === forbids)?.fix ?? outside;
}

/** Really makes all namespaces under another uid, as a holder does. */
export async function checkNamespaces(uid: number | undefined): Promise<MachineCheck> {
  const base = { part: 'namespaces', strength: 'required' } as const;
  const ids = process.getuid?.() === 0 && uid !== undefined ? { uid, gid: uid } : {};
  const args = [
    '--unshare-user',
    '--unshare-ipc',
    '--unshare-pid',
    '--unshare-net',
    '--unshare-uts',
    '--unshare-cgroup',
  ];
  const root = [
    '--uid',
    '1000',
    '--gid',
    '1000',
    '--cap-drop',
    'ALL',
    '--ro-bind',
    '/',
    '/',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
  ];
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };
  const child = spawn('bwrap', [...args, ...root, 'true'], {
    ...ids,
    cwd: '/',
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    if (code === 0)
      return {
        ...base,
        ok: true,
        found: `user, mount, pid, net, ipc, uts and cgroup: made under uid ${ids.uid ?? process.getuid?.()}`,
      };
    const found = said.trim() || `bubblewrap ended with ${code}`;
    return { ...base, ok: false, found, fix: findUserNamespaceFix() };
  } catch (error) {
    return { ...base, ok: false, found: (error as Error).message, fix: 'apt-get install -y bubblewrap' };
  }
}

/** The text of a file of the kernel; empty when it is not there. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
