import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readlinkSync, readdirSync } from 'node:fs';
import { chown, mkdir, mkdtempDisposable, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Launched, Launcher } from '../src/launcher/launcher.ts';
import { openLauncher } from '../src/launcher/open-launcher.ts';

const python = '/usr/bin/python3';
const shell = (code: string): readonly [string, ...string[]] => ['/bin/sh', '-c', code];

describe('Launcher', () => {
  let launcher: Launcher;
  beforeAll(() => {
    launcher = new Launcher(python);
  });
  afterAll(() => launcher[Symbol.asyncDispose]());

  const end = async (request: Parameters<Launcher['start']>[0]) => (await launcher.start(request)).ended;

  test('tells what a program said, and how it ended', async () => {
    const code = 'echo out; echo err >&2; echo info >&3; exit 3';
    const said = { '1': 'out\n', '2': 'err\n', '3': 'info\n' };
    expect(await end({ argv: shell(code), info: true })).toEqual({ code: 3, signal: null, said });
    expect(await end({ argv: shell('kill -9 $$') })).toMatchObject({ code: null, signal: 9 });
  });

  test('a program has the input, the ids and the environment that were asked for', async () => {
    const code = 'cat <&4; id -u; id -g; id -G; pwd; env | grep -v -e ^PWD= -e ^_= -e ^SHLVL=';
    const ids = { uid: 1_900_000_123, gid: 1_900_000_124 };
    const { said } = await end({ argv: shell(code), ids, env: { A: 'b c' }, input: Buffer.from('given\n') });
    expect(said['1'].split('\n')).toEqual(['given', `${ids.uid}`, `${ids.gid}`, `${ids.gid}`, '/', 'A=b c', '']);
  });

  test('no signal is held back or ignored in a program', async () => {
    const { said } = await end({ argv: ['/bin/grep', '-E', '^Sig(Blk|Ign)', '/proc/self/status'] });
    expect(said['1'].match(/[0-9a-f]{16}/g)).toEqual(['0'.repeat(16), '0'.repeat(16)]);
  });

  test('a program that is not there says so', async () => {
    const { code, said } = await end({ argv: ['/no/such/program'] });
    expect(code).toBe(127);
    expect(said['2']).toMatch('/no/such/program: [Errno 2]');
  });

  test('a program is ready when it says so; later words are not kept, and do not hold it up', async () => {
    const words = 'echo info >&3; echo ready >&2; trap "" PIPE; yes | head -c 1000000; exit 5';
    const program = await launcher.start({ argv: shell(words), info: true, ready: 'ready\n' });
    expect(await program.ready).toMatchObject({ '2': 'ready\n', '3': 'info\n' });
    const { said } = await program.ended;
    expect(said['1'].length).toBeLessThanOrEqual(65536);
  });

  test('what a program says on 3 is told once it has closed that, or is ready', async () => {
    const waits = 'echo info >&3; exec 3>&-; read _ <&4; echo ready; exec sleep 600';
    const program = await launcher.start({
      argv: shell(waits),
      info: true,
      ready: 'ready\n',
      input: Buffer.from('\n'),
    });
    expect(await program.info).toBe('info\n');
    await program.ready;
    const atOnce = await Promise.all(
      Array.from({ length: 20 }, () =>
        launcher.start({ argv: shell('echo info >&3; echo ready; exec sleep 600'), info: true, ready: 'ready\n' }),
      ),
    );
    for (const { info, ready } of atOnce) {
      expect(await info).toBe('info\n');
      expect((await ready)['3']).toBe('info\n');
    }
    for (const { signal, ended } of [program, ...atOnce]) {
      signal('SIGTERM');
      await ended;
    }
  });

  test('of what is mounted a program sees what it needs', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'launcher-'));
    const among = join(folder.path, 'with space');
    const needed = join(folder.path, 'needed');
    for (const path of [among, needed]) await mkdir(path);
    const points: string[] = [];
    const mount = async (point: string): Promise<void> => {
      await mkdir(point, { recursive: true });
      expect(spawnSync('mount', ['-t', 'tmpfs', 'none', point]).status).toBe(0);
      points.unshift(point);
      await writeFile(join(point, basename(point)), '');
    };
    try {
      // Of two at one place the lower one is not to be seen either.
      await mount(among);
      await mount(among);
      for (const name of ['own', 'other']) await mount(join(among, name));
      await mount(needed);
      await mount(join(needed, 'below'));
      await mount(join(needed, 'hidden', 'workspace'));
      // A link through a mount of its own.
      await mount(join(folder.path, 'between'));
      await symlink(join(folder.path, 'between', 'link'), join(folder.path, 'linked'));
      await symlink(join(needed, 'below'), join(folder.path, 'between', 'link'));
      // It leads nowhere, further each time.
      await symlink(join('endless', 'more'), join(folder.path, 'endless'));
      const code = `ls -A '${among}' ${needed} ${needed}/below ${needed}/hidden/workspace ${folder.path}/linked; echo --; cut -d' ' -f5 /proc/self/mountinfo`;
      const start = (): ReturnType<typeof end> =>
        end({
          argv: shell(code),
          env: { PATH: '/usr/bin:/bin' },
          view: {
            paths: ['/usr', '/proc', needed, ...['linked', 'endless'].map((name) => join(folder.path, name))],
            without: join(needed, 'hidden'),
          },
        });
      const once = await start();
      const [seen = '', mounts = ''] = once.said['1'].split('\n--\n');
      expect(seen.replaceAll(`${folder.path}/`, '').split('\n')).toEqual([
        ...['linked:', 'below', '', 'needed:', 'below', 'hidden', 'needed', ''],
        ...['needed/below:', 'below', '', 'needed/hidden/workspace:', '', 'with space:'],
      ]);
      const left = mounts.trim().split('\n');
      const between = join(folder.path, 'between');
      const seenMounts = left.filter((point) => point.startsWith(folder.path)).sort();
      expect(seenMounts).toEqual([between, needed, `${needed}/below`]);
      expect(left.filter((point) => /^\/(sys|dev|run)\b/.test(point))).toEqual([]);
      // What is mounted after the first one is not seen by the next.
      await mount(join(among, 'later'));
      expect(await start()).toEqual(once);
      const { said } = await end({ argv: shell('cat /proc/self/mountinfo') });
      // Other tests mount, too.
      const own = (list: string): string[] => list.split('\n').filter((line) => line.includes(folder.path));
      expect(own(said['1'])).toEqual(own(readFileSync('/proc/self/mountinfo', 'utf8')));
      expect(own(said['1'])).toHaveLength(points.length);
    } finally {
      for (const point of points) spawnSync('umount', [point]);
    }
  });

  test('a launcher that may make no view says so, and goes on', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'launcher-'));
    const weak = join(folder.path, 'python');
    await writeFile(weak, `#!/bin/sh\nexec setpriv --bounding-set -sys_admin -- ${python} "$@"\n`, { mode: 0o755 });
    await using limited = new Launcher(weak);
    const view = { paths: ['/usr'], without: '/no/such' };
    const go = join(folder.path, 'go');
    const count = async (): Promise<string> => {
      await rm(go, { force: true });
      const { ended } = await limited.start({
        argv: shell(`until [ -e ${go} ]; do sleep 0.01; done; ls /proc/$PPID/fd | wc -l`),
      });
      // By now it has closed what it had opened for the program alone; what else it keeps it keeps for ever.
      await writeFile(go, '');
      return (await ended).said['1'];
    };
    const before = await count();
    for (let n = 0; n < 2; n++) {
      const refused = limited.start({ argv: shell('echo started'), view });
      await expect(refused).rejects.toThrow(/unshare: Operation not permitted/);
    }
    await expect.poll(count, { timeout: 15_000 }).toBe(before);
  });

  describe('completes a sandbox', () => {
    const inside = 'mount -t tmpfs none /mnt && mkdir /mnt/place && echo ready && exec sleep 600';
    const told = { info: true, ready: 'ready\n' } as const;

    /** What stands in for bubblewrap, and for the first process of its sandbox; and the mounts of that. */
    const open = async () => {
      const code = `unshare -m sh -c '${inside}' & echo '{"child-pid": '$!'}' >&3; exec 3>&-; wait`;
      const program = await launcher.start({ argv: shell(code), env: { PATH: '/usr/bin:/bin' }, ...told });
      const child = (JSON.parse(await program.info) as { 'child-pid': number })['child-pid'];
      let hasEnded = false;
      const end = async (): Promise<void> => {
        if (!hasEnded) process.kill(child, 'SIGKILL');
        await program.ended;
        hasEnded = true;
      };
      return {
        complete: program.complete,
        ready: program.ready,
        /** Of a point inside, what mountinfo says between its place and its type. */
        readMount: (point: string) =>
          readFileSync(`/proc/${child}/mountinfo`, 'utf8')
            .match(new RegExp(` ${point} (\\S+) (.*)- `))
            ?.slice(1),
        end,
        [Symbol.asyncDispose]: end,
      };
    };
    const place = (source: string, at: string, readOnly = false) => ({
      mounts: [{ source, at, readOnly }],
      remounts: [],
    });

    test('with folders and limits, before and after it is ready', async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'launcher-'));
      await writeFile(join(folder.path, 'file'), '');
      await using sandbox = await open();
      await sandbox.complete({
        mounts: [
          { source: folder.path, at: '/mnt/place', readOnly: false },
          { source: '/usr/bin', at: '/mnt/place/new/folder', readOnly: true },
        ],
        remounts: [['/mnt', 'tmpfs', ['nosuid'], 'nr_inodes=100']],
      });
      expect(sandbox.readMount('/mnt/place')).toEqual([expect.stringMatching(/^rw,nosuid,nodev/), '']);
      expect(sandbox.readMount('/mnt/place/new/folder')).toEqual([expect.stringMatching(/^ro,nosuid,nodev/), '']);
      expect(sandbox.readMount('/mnt')).toEqual([expect.stringMatching(/^rw,nosuid,(?!nodev)/), '']);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(folder.path);
      await sandbox.complete(place('/usr/lib', '/mnt/later', true));
      expect(sandbox.readMount('/mnt/later')?.[0]).toMatch(/^ro,/);
    });

    test('below its workspace, in folders that are the sandbox’s, and never through links of its code', async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'launcher-'));
      const [workspace, outside] = ['workspace', 'outside'].map((name) => join(folder.path, name)) as [string, string];
      for (const path of [workspace, outside]) await mkdir(path);
      const uid = 1_900_000_123;
      await chown(workspace, uid, uid);
      // Through /proc a link may lead out of the namespace, as this one does through a folder of the machine.
      for (const [name, target] of Object.entries({ link: outside, last: '/usr/share' }))
        await symlink(target, join(workspace, name));
      await using sandbox = await open();
      await sandbox.complete(place(workspace, '/mnt/place'));
      await sandbox.complete(place('/usr/bin', '/mnt/place/new/folder', true));
      expect(await stat(join(workspace, 'new', 'folder'))).toMatchObject({ uid, gid: uid });
      for (const at of ['/mnt/place/link/new', '/mnt/place/last'])
        await expect(sandbox.complete(place('/usr/bin', at, true))).rejects.toThrow(`${at}: Not a directory`);
      expect(await readdir(outside)).toEqual([]);
    });

    test('or says what is missing, and goes on', async () => {
      await using sandbox = await open();
      await expect(sandbox.complete(place('/no/such/folder', '/mnt/place'))).rejects.toThrow(
        /\/no\/such\/folder.*No such file/,
      );
      await expect(sandbox.complete(place('/usr', '/proc/no/such'))).rejects.toThrow(/\/proc\/no/);
      const remounts = [['/mnt', 'tmpfs', [], 'nr_inodes=-x']] as const;
      await expect(sandbox.complete({ mounts: [], remounts })).rejects.toThrow('remount of /mnt: Invalid argument');
      await sandbox.complete(place('/usr', '/mnt/place'));
      expect((await end({ argv: shell('ls -d /no/such /usr 2>&1') })).said['1']).toMatch('/usr');
    });

    test('but not of a process that is no child of it, nor of one that has ended', async () => {
      for (const [info, message] of [
        [`{"child-pid": ${process.pid}}`, `${process.pid} has ended`],
        ['no JSON', 'Expecting value'],
      ] as const) {
        const program = await launcher.start({
          argv: shell(`echo '${info}' >&3; echo ready; exec sleep 600`),
          ...told,
        });
        await expect(program.complete(place('/usr', '/mnt'))).rejects.toThrow(message);
        program.signal('SIGTERM');
        await program.ended;
        await expect(program.complete(place('/usr', '/mnt'))).rejects.toThrow('it has ended');
      }
      await using sandbox = await open();
      await sandbox.ready;
      await sandbox.end();
      await expect(sandbox.complete(place('/usr', '/mnt'))).rejects.toThrow('it has ended');
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(' /mnt ');
    });
  });

  test('what a program says without end is cut, and does not hold it up', async () => {
    const { code, said } = await end({ argv: shell('yes | head -c 10000000; echo done >&2') });
    expect([code, said['1'].length, said['2']]).toEqual([0, 65536, 'done\n']);
  });

  test('signals reach a program, and one that has ended gets none', async () => {
    const program = await launcher.start({ argv: shell('echo ready; exec sleep 600'), ready: 'ready\n' });
    await program.ready;
    program.signal('SIGTERM');
    expect(await program.ended).toMatchObject({ signal: 15 });
    program.signal('SIGTERM');
    expect(await end({ argv: shell('exit 0') })).toMatchObject({ code: 0 });
  });

  test('where no more descriptors can be had, nothing more is started, and what runs goes on', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'launcher-'));
    const few = join(folder.path, 'python');
    await writeFile(few, `#!/bin/sh\nulimit -n 24\nexec ${python} "$@"\n`, { mode: 0o755 });
    await using small = new Launcher(few);
    const sleeper = { argv: shell('echo ready; exec sleep 600'), ready: 'ready\n' };
    const running: Launched[] = [];
    const refusal = await (async () => {
      for (;;) {
        const program = await small.start(sleeper);
        await program.ready;
        running.push(program);
      }
    })().catch(String);
    expect(refusal).toMatch('Too many open files');
    expect(running.length).toBeGreaterThan(2);
    await expect(small.start(sleeper)).rejects.toThrow('Too many open files');
    for (const { signal } of running) signal('SIGTERM');
    for (const { ended } of running) expect(await ended).toMatchObject({ signal: 15 });
    expect(await (await small.start({ argv: shell('exit 4') })).ended).toMatchObject({ code: 4 });
  });

  test('a hundred at once', async () => {
    const ends = await Promise.all(Array.from({ length: 100 }, (_, i) => end({ argv: shell(`echo ${i}; exit ${i}`) })));
    expect(ends.map(({ code, said }) => [code, said['1']])).toEqual(ends.map((_, i) => [i, `${i}\n`]));
  });
});

test('nothing that the host has open is open in a program', async () => {
  // A descriptor that the host itself was given, and that does not close with an exec.
  const entry = new URL('../src/launcher/launcher.ts', import.meta.url).href;
  const code = `const { Launcher } = await import(${JSON.stringify(entry)});
    await using launcher = new Launcher('${python}');
    const { said } = await (await launcher.start({ argv: ['/bin/ls', '/proc/self/fd'] })).ended;
    process.stdout.write(said['1']);`;
  const file = openSync('/etc/hostname', 'r');
  const stdio = ['ignore', 'pipe', 'inherit', 'ignore', 'ignore', 'ignore', 'ignore', file] as const;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    stdio: [...stdio],
    env: { ...process.env, NODE_OPTIONS: '--conditions=quicksand-source' },
  });
  closeSync(file);
  // 3 is the folder that ls itself reads.
  expect(stdout.toString()).toBe('0\n1\n2\n3\n');
});

test('where the host itself can have no more descriptors, nothing can be mounted, and the host goes on', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'launcher-'));
  const point = JSON.stringify(folder.path);
  const entry = new URL('../src/launcher/open-launcher.ts', import.meta.url).href;
  const code = `import { closeSync, openSync } from 'node:fs';
    const { openLauncher } = await import(${JSON.stringify(entry)});
    await using launcher = openLauncher('${python}');
    const say = (error) => console.log(error.message);
    const taken = [];
    try { for (;;) taken.push(openSync('/dev/null')); } catch {}
    await launcher.unmount(${point}).catch(say);
    taken.forEach((fd) => closeSync(fd));
    await launcher.unmount(${point});
    console.log('done');`;
  const node = [process.execPath, '--conditions=quicksand-source', '--input-type=module', '-e', code];
  const { stdout } = spawnSync('/bin/sh', ['-c', 'ulimit -n 100; exec "$@"', 'sh', ...node], { encoding: 'utf8' });
  expect(stdout).toBe(`the mounter ended: spawn ${python} EMFILE\ndone\n`);
});

test('a host that ends starts nothing more, and unmounts; one that has ended does not even that', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'launcher-'));
  const launcher = openLauncher(python);
  launcher.kill();
  await expect(launcher.start({ argv: ['/bin/true'] })).rejects.toThrow('the host ends');
  await launcher.unmount(folder.path);
  await launcher[Symbol.asyncDispose]();
  await expect(launcher.start({ argv: ['/bin/true'] })).rejects.toThrow('the host ends');
  await expect(launcher.unmount(folder.path)).rejects.toThrow('the host has ended');
});

test('one that is killed while it answers has ended, and that is all', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'launcher-'));
  const cut = join(folder.path, 'python');
  await writeFile(cut, `#!/bin/sh\nread request\nprintf '{"event": "star'\nkill -9 $$\n`, { mode: 0o755 });
  await using launcher = new Launcher(cut);
  await expect(launcher.start({ argv: ['/bin/true'] })).rejects.toThrow('the launcher ended: SIGKILL');
});

test('launcher and mounter end with a host that is killed, also while they are stopped', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'launcher-'));
  const entry = new URL('../src/launcher/open-launcher.ts', import.meta.url).href;
  const code = `import { readFileSync } from 'node:fs';
    const { openLauncher } = await import(${JSON.stringify(entry)});
    const launcher = openLauncher('${python}');
    await (await launcher.start({ argv: ['/bin/true'] })).ended;
    await launcher.unmount(${JSON.stringify(folder.path)});
    const children = readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').trim();
    for (const child of children.split(' ')) process.kill(Number(child), 'SIGSTOP');
    process.stdout.write(children, () => process.kill(process.pid, 'SIGKILL'));`;
  const node = spawn(process.execPath, ['--conditions=quicksand-source', '--input-type=module', '-e', code]);
  // They have its standard error, too: it is at its end when all three have ended.
  const [children] = await Promise.all([text(node.stdout), text(node.stderr)]);
  expect(children).toMatch(/^\d+ \d+$/);
});

test('one that has ended starts nothing, and tells of nothing more', async () => {
  const launcher = new Launcher(python);
  const program = await launcher.start({ argv: ['/bin/sleep', '600'] });
  const [own = ''] = readdirSync('/proc').filter((pid) => isParentOf(pid, program.pid));
  process.kill(Number(own), 'SIGKILL');
  expect(await program.ended).toMatchObject({ code: null, signal: null });
  await launcher.ended;
  expect(launcher.hasEnded).toBe(true);
  await expect(launcher.start({ argv: ['/bin/true'] })).rejects.toThrow('the launcher ended: SIGKILL');
  process.kill(program.pid, 'SIGKILL');
});

function isParentOf(pid: string, child: number): boolean {
  const stat = readFileSync(`/proc/${child}/stat`, 'latin1');
  return (
    stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === pid && readlinkSync(`/proc/${pid}/exe`).includes('python')
  );
}
