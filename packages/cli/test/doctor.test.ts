import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { defaultDataFolder } from '@quicksand/host';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const bin = fileURLToPath(new URL('../bin/quicksand.js', import.meta.url));

// Nearly every test starts hosts, and each of them loads all that code may need.
vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quicksand-doctor-test-'));
  await chmod(folder, 0o711);
  await copyFile(join(defaultDataFolder(), 'environment.json'), join(folder, 'environment.json'));
  await mkdir(join(folder, 'empty'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command where `change`, a line for the shell, has taken something away. */
async function quicksand(args: readonly string[], { change = ':', input = '', home = folder } = {}): Promise<Ended> {
  const shell = ['--mount', '--', 'sh', '-c', `${change}; exec "$@"`, 'sh', process.execPath, bin, ...args];
  const child = spawn('unshare', shell, { env: { ...process.env, QUICKSAND_HOME: home } });
  child.stdin.end(input);
  const status = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await status, stdout, stderr };
}

const noCgroups = 'umount -R /sys/fs/cgroup';
const noFormat = 'mount --bind /dev/null /usr/sbin/mkfs.ext4';

describe('doctor', () => {
  test('says that a host starts here, and what it enforces', async () => {
    const { status, stdout, stderr } = await quicksand(['doctor']);
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^ok +namespaces .*user, mount, pid, net, ipc, uts and cgroup/m);
    expect(stdout).toMatch(/^ok +Python environment +Python 3/m);
    expect(stdout).toMatch(/^A host starts here\.\nIt enforces all of the backend `namespaces`/m);
    expect(stdout).not.toContain('MISSING');
  });

  test('names what is missing with what mends it, and exits with 1', async () => {
    const { status, stdout } = await quicksand(['doctor'], { home: join(folder, 'empty') });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^MISSING +Python environment .*\n +mend it: +npx quicksand setup$/m);
    expect(stdout).toMatch(/^No host starts here: Python environment\.$/m);
    expect(stdout).not.toContain('--allow-weak');
  });

  test.each([
    ['cgroups', noCgroups, 'MISSING +cgroups '],
    ['quota', noFormat, 'MISSING +limit of disk space and files '],
  ])('%s can be allowed to be missing, and doctor says what that means', async (part, change, line) => {
    const refused = await quicksand(['doctor'], { change });
    expect(refused.status, refused.stderr).toBe(1);
    expect(refused.stdout).toMatch(new RegExp(`^${line}`, 'm'));
    expect(refused.stdout).toContain(`--allow-weak=${part}\n`);
    const allowed = await quicksand(['doctor', '--allow-weak', part], { change });
    expect(allowed.status).toBe(0);
    expect(allowed.stdout).toContain(`Not enforced, as --allow-weak=${part} allows: `);
  });

  test('--json is the same as data', async () => {
    const { status, stdout } = await quicksand(['doctor', '--json', '--allow-weak', 'quota'], {
      change: `${noCgroups}; ${noFormat}`,
    });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      starts: false,
      weak: ['quota'],
      wouldStartWith: ['cgroups', 'quota'],
      obstacles: [{ part: 'cgroups', ok: false, strength: 'limits', allowWeak: 'cgroups', fix: expect.any(String) }],
      checks: expect.arrayContaining([expect.objectContaining({ part: 'bubblewrap', ok: true })]),
    });
  });
});

describe('a host on a machine that lacks a part (I3)', () => {
  test.each([
    ['cgroups', noCgroups],
    ['quota', noFormat],
  ])('%s: refuses to start, and starts where that was typed', async (part, change) => {
    const refused = await quicksand(['run', '-'], { change, input: 'print(1)' });
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toContain(`--allow-weak=${part}`);
    const other = part === 'quota' ? 'cgroups' : 'quota';
    expect(await quicksand(['run', '-', '--allow-weak', other], { change })).toMatchObject({ status: 2 });
    const allowed = await quicksand(['run', '-', '--allow-weak', part], { change, input: 'print(1)' });
    expect(allowed).toEqual({ status: 0, stdout: '1\n', stderr: '' });
  });
});
