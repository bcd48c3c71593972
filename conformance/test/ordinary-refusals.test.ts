import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type AsOptions, type OrdinaryUser, openOrdinaryUser } from './open-ordinary-user.ts';

// I3 for a host of an ordinary user: what is missing is refused by name, with the command that mends it.

const program = fileURLToPath(new URL('../../packages/cli/bin/quicksand.js', import.meta.url));
const host = fileURLToPath(new URL('../../packages/host/dist/index.js', import.meta.url));
const isolation = fileURLToPath(new URL('../../packages/isolation/dist/index.js', import.meta.url));

// Each starts several hosts, one after the other.
vi.setConfig({ testTimeout: 120_000 });

let user: OrdinaryUser;
beforeAll(async () => {
  user = await openOrdinaryUser();
});
afterAll(() => user?.[Symbol.asyncDispose]());

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function start(args: readonly string[], options: AsOptions = {}): Promise<Ended> {
  const [command = '', ...rest] = user.as([user.reach(process.execPath), ...args], options);
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end('print(6 * 7)');
  const status = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await status, stdout, stderr };
}

const quicksand = (args: readonly string[], options?: AsOptions): Promise<Ended> =>
  start([user.reach(program), ...args], options);

const without = (path: string): AsOptions => ({ change: `mount --bind /dev/null ${path}` });

test('with everything there a file runs, and nothing has to be allowed', async () => {
  const done = { status: 0, stdout: '42\n', stderr: '' };
  expect(await quicksand(['run', '-'])).toEqual(done);
  expect(await quicksand(['run', '-'], { change: 'umask 077' })).toEqual(done);
  const { stdout, status } = await quicksand(['doctor']);
  expect({ status }, stdout).toEqual({ status: 0 });
  expect(stdout).toContain('It enforces all of the backend `namespaces`');
});

test.each<[string, string, () => AsOptions, RegExp]>([
  ['newuidmap', 'uids', () => without('/usr/bin/newuidmap'), /sudo apt-get install -y uidmap/],
  [
    'an entry in /etc/subuid',
    'uids',
    () => without('/etc/subuid'),
    /sudo usermod --add-subuids \d+-\d+ --add-subgids \d+-\d+ qs-test-/,
  ],
  ['fuse2fs', 'quota', () => without('/usr/bin/fuse2fs'), /apt-get install -y fuse2fs/],
  [
    'delegated groups',
    'cgroups',
    () => ({ groups: false }),
    /chown -R \d+ \$h\/quicksand-\d+|systemd-run --user --scope -p Delegate=yes/,
  ],
])('without %s: refused with what mends it, and starts where %s was typed', async (_, part, toOptions, fix) => {
  const refused = await quicksand(['run', '-'], toOptions());
  expect(refused).toMatchObject({ status: 2, stdout: '' });
  expect(refused.stderr).toMatch(fix);
  expect(refused.stderr).toContain(`--allow-weak=${part}`);
  const doctor = await quicksand(['doctor'], toOptions());
  expect(doctor.status, doctor.stdout).toBe(1);
  expect(doctor.stdout).toMatch(fix);
  const allowed = await quicksand(['run', '-', '--allow-weak', part], toOptions());
  expect(allowed).toEqual({ status: 0, stdout: '42\n', stderr: '' });
});

test('without bubblewrap nothing can be allowed', async () => {
  const refused = await quicksand(['run', '-', '--allow-weak', 'uids,quota,cgroups'], without('/usr/bin/bwrap'));
  expect(refused).toMatchObject({ status: 2, stdout: '' });
  expect(refused.stderr).toContain('apt-get install -y bubblewrap');
});

test('a program that embeds a host is told how to start, and starts so', async () => {
  const code = `import { createHost } from ${JSON.stringify(user.reach(host))};
    await using host = await createHost({ poolSize: 0 });
    console.log((await host.fetch(new Request('http://host/health'))).status);`;
  const embedded = ['--input-type=module', '-e', code];
  const refused = await start(embedded);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('npx quicksand enter -- node your-program.js');
  const entered = await quicksand(['enter', '--', user.reach(process.execPath), ...embedded]);
  expect(entered).toEqual({ status: 0, stdout: '200\n', stderr: '' });
});

test('a workspace that a host has open is refused to another one, since two of fuse2fs would break it', async () => {
  const code = `import { openWorkspaceVolumes } from ${JSON.stringify(user.reach(isolation))};
    const openHost = () => openWorkspaceVolumes(process.env.QUICKSAND_HOME);
    const [one, other] = [await openHost(), await openHost()];
    const open = (volumes) => volumes.open({ name: 'x', uid: 0, gid: 0 });
    const volume = await open(one);
    await open(other).catch(({ message }) => console.log(message));
    await volume.close();
    await open(other);
    for (const volumes of [one, other]) await volumes.close();
    console.log('done');`;
  const ended = await quicksand(['enter', '--', user.reach(process.execPath), '--input-type=module', '-e', code]);
  expect(ended).toEqual({
    status: 0,
    stdout: expect.stringMatching(/: another host has it open.*\ndone\n$/),
    stderr: '',
  });
});

test('the exit status and the signals of a program pass through', async () => {
  expect(await quicksand(['enter', 'sh', '-c', 'exit 7'])).toMatchObject({ status: 7 });
  expect(await quicksand(['enter', 'sh', '-c', 'kill -9 $$'])).toMatchObject({ status: 137 });
  expect(await quicksand(['enter', 'no-such-program'])).toMatchObject({ status: 2, stdout: '' });
});
