import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Ended, type Served, openServed, waitForEnd } from './open-served.ts';

// Each case starts the command several times.
vi.setConfig({ testTimeout: 60_000 });

let served: Served;
let folder = '';
const quicksand = (args: readonly string[], input?: string): Promise<Ended> => served.run(args, input);

beforeAll(async () => {
  served = await openServed();
  ({ folder } = served);
});
afterAll(() => served?.[Symbol.asyncDispose]());

const done = { status: 0, stdout: '', stderr: '' };

test('a file goes in and comes out, into folders and under new names', async () => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 7) & 255));
  await writeFile(join(folder, 'in.bin'), bytes);
  expect(await quicksand(['cp', 'in.bin', 'one:data/x.bin'])).toEqual(done);
  const into = ['one:data', 'one:'].map((place) => quicksand(['cp', 'in.bin', place]));
  expect(await Promise.all(into)).toEqual([done, done]);
  const listed = await quicksand(['ls', '-r', 'one:']);
  expect(listed.stdout.split('\n').map((line) => line.split(' ').at(-1))).toEqual([
    ...['data', 'data/in.bin', 'data/x.bin', 'in.bin', ''],
  ]);
  await mkdir(join(folder, 'out'));
  expect(await quicksand(['cp', 'one:data/x.bin', 'out'])).toEqual(done);
  expect(await quicksand(['cp', 'one:/workspace/in.bin', './y:z'])).toEqual(done);
  for (const path of ['out/x.bin', 'y:z']) expect((await readFile(join(folder, path))).equals(bytes)).toBe(true);
});

test('a folder goes in and comes out with all that is in it; links of a sandbox stay there', async () => {
  await mkdir(join(folder, 'tree/sub'), { recursive: true });
  const names = ['a b', '-rf', 'ü\n', 'sub/.hidden', 'run.sh'];
  for (const name of names) await writeFile(join(folder, 'tree', name), name);
  await chmod(join(folder, 'tree/run.sh'), 0o755);
  expect(await quicksand(['cp', 'tree', 'two:copy'])).toEqual(done);
  expect(await quicksand(['cp', 'tree', 'two:copy'])).toEqual(done); // now into it
  const made = await quicksand([
    'exec',
    'two',
    '--',
    'cd copy && rm -r tree && ln -s /etc/passwd link && stat -c %a run.sh',
  ]);
  expect(made.stdout).toBe('755\n');
  const { status, stderr } = await quicksand(['cp', 'two:copy', 'back']);
  expect([status, stderr]).toEqual([0, 'quicksand: left out, since it is no file: link\n']);
  expect((await readdir(join(folder, 'back'), { recursive: true })).toSorted()).toEqual([...names, 'sub'].toSorted());
  for (const name of names) expect(await readFile(join(folder, 'back', name), 'utf8')).toBe(name);
  expect((await stat(join(folder, 'back/run.sh'))).mode & 0o777).toBe(0o755);
});

test('what is neither file, folder nor link is left out of a folder that goes in, and said', async () => {
  await mkdir(join(folder, 'pipes'));
  execFileSync(
    'mkfifo',
    ['a', 'b'].map((name) => join(folder, 'pipes', name)),
  );
  await writeFile(join(folder, 'pipes/c'), 'c');
  const stderr = 'quicksand: left out, since they are neither files nor folders nor links: 2\n';
  expect(await quicksand(['cp', 'pipes', 'pipes:in'])).toEqual({ ...done, stderr });
  expect((await quicksand(['cp', 'pipes:in/c', '-'])).stdout).toBe('c');
});

test('a folder that cannot be read whole is not copied in part', async () => {
  await quicksand(['exec', 'closed', '--', 'mkdir -p f/in && touch f/in/a && chmod 0 f/in']);
  const { status, stderr } = await quicksand(['cp', 'closed:f', 'part']);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^quicksand: 1 of the folders in f cannot be looked into, so nothing was copied\n/);
  await expect(readdir(join(folder, 'part'))).rejects.toThrow('ENOENT');
});

test('files whose names are not UTF-8 are left out of a folder, and said; the rest is copied', async () => {
  const code = `import os; os.mkdir(b'n\\xff'); [open(path, 'w').close() for path in (b'a\\xff', b'n\\xff/b', b'\\xef\\xbf\\xbd', b'z')]`;
  await quicksand(['exec', 'names', '--', `mkdir f && cd f && python3 -c "${code}"`]);
  const { status, stderr } = await quicksand(['cp', 'names:f', 'names']);
  const left = ['a\uFFFD', 'n\uFFFD/b'].map((name) => `quicksand: left out, since its name is not UTF-8: ${name}\n`);
  expect([status, stderr.split(/(?<=\n)/).toSorted()]).toEqual([0, left]);
  expect((await readdir(join(folder, 'names'))).toSorted()).toEqual(['n\uFFFD', 'z', '\uFFFD']);
});

test('without tar no folder goes in, and that is said', async () => {
  await mkdir(join(folder, 'untarred'));
  const ended = await waitForEnd(served.start(['cp', 'untarred', 'tarless:in'], { PATH: folder }));
  expect(ended).toEqual({ status: 2, stdout: '', stderr: 'quicksand: spawn tar ENOENT\n' });
});

test('what comes out does not go through links that are here already', async () => {
  await quicksand(['cp', '-', 'three:f'], 'from the sandbox');
  await writeFile(join(folder, 'precious'), 'kept');
  await symlink('precious', join(folder, 'link'));
  expect(await quicksand(['cp', 'three:f', 'link'])).toEqual(done);
  expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('kept');
  expect(await readFile(join(folder, 'link'), 'utf8')).toBe('from the sandbox');
});

test('standard input and output', async () => {
  expect(await quicksand(['cp', '-', 'four:f'], 'a\nb\n')).toEqual(done);
  expect(await quicksand(['cp', 'four:f', '-'])).toEqual({ ...done, stdout: 'a\nb\n' });
});

test('what comes out goes into a pipe or a device that is there, and does not take its place', async () => {
  await quicksand(['cp', '-', 'four:piped'], 'through');
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const [ended, read] = await Promise.all([quicksand(['cp', 'four:piped', 'pipe']), readFile(pipe, 'utf8')]);
  expect([ended, read]).toEqual([done, 'through']);
  expect((await stat(pipe)).isFIFO()).toBe(true);
});

test('a copy into a pipe that nobody reads ends when it is told to', async () => {
  await quicksand(['cp', '-', 'four:unread'], 'unread');
  execFileSync('mkfifo', [join(folder, 'unread')]);
  const child = served.start(['cp', '--progress', 'four:unread', 'unread']);
  const exited = once(child, 'exit');
  const came = new Promise<void>((resolve) =>
    child.stderr.on('data', (chunk: Buffer) => chunk.includes('100 %') && resolve()),
  );
  await came;
  child.kill('SIGTERM');
  expect(await exited).toEqual([130, null]);
});

test('output that cannot be written is told once, and is a failure; one that nobody reads is no more than that', async () => {
  await quicksand(['cp', '-', 'four:full'], 'x');
  for (const args of [['ls'], ['ls', 'four'], ['cp', 'four:full', '-']]) {
    expect(await served.runInShell(args, '> /dev/full')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^quicksand: the output cannot be written: ENOSPC.*\n$/),
    });
    expect(await served.runInShell(args, '| true')).toEqual(done);
  }
});

test('long copies say how far they are', async () => {
  const child = served.start(['cp', '--progress', '-', 'five:f']);
  const status = new Promise((resolve) => child.once('close', resolve));
  let said = '';
  const spoke = new Promise<void>((resolve) =>
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('-: 1.0 MB')) resolve();
    }),
  );
  child.stdin.write(Buffer.alloc(1_000_000));
  await spoke;
  child.stdin.end();
  expect(await status).toBe(0);
});

test('sandboxes are listed and removed; names cannot steer a terminal', async () => {
  await quicksand(['cp', '-', 'six:\u001b[31mred\nline'], 'x');
  const listed = await quicksand(['ls', 'six']);
  expect(listed.stdout).toMatch(/^-rw-r--r-- +1 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \\x1b\[31mred\\x0aline\n$/);
  const json = await quicksand(['ls', '--json', 'six']);
  expect(JSON.parse(json.stdout)).toMatchObject({ name: '\u001b[31mred\nline', size: 1 });
  expect((await quicksand(['ls'])).stdout).toMatch(/^six +0 contexts/m);
  expect(await quicksand(['rm', 'six'])).toEqual(done);
  expect((await quicksand(['ls'])).stdout).not.toMatch(/^six /m);
});

test('what cannot be done says why, and leaves nothing half done', async () => {
  const table: [string[], RegExp][] = [
    [['cp', 'none', 'x:y'], /cannot read none/],
    [['cp', 'x:none', 'here'], /none: No such file/],
    [['cp', 'x:/etc/passwd', 'no-such-folder/here'], /^quicksand: ENOENT: no such file/],
    [['cp', 'a', 'b'], /one of a and b must be in a sandbox/],
    [['cp', 'x:a', 'y:b'], /must be in a sandbox/],
    [['cp', '-', 'x:/usr/f'], /usr\/f: Read-only/],
    [['ls', 'x:none'], /No such file/],
    [['ls', './x:y'], /"\.\/x:y" is no place in a sandbox/],
    [['ls', ''], /"" is no place in a sandbox/],
    [['ls', '-x', '-y'], /unknown option/],
    [['ls', '--url', 'localhost:7070'], /"localhost:7070" is not the http or https URL of a host/],
    [['rm', 'no-such-sandbox'], /no sandbox no-such-sandbox/],
    [['rm', 'a/b'], /"a\/b" is not the id of a sandbox/],
  ];
  const ended = await Promise.all(table.map(([args]) => quicksand(args, 'x')));
  for (const [n, [args, says]] of table.entries())
    expect([ended[n]?.status === 0, ended[n]?.stderr], args.join(' ')).toEqual([false, expect.stringMatching(says)]);
  expect((await readdir(folder)).filter((name) => name.startsWith('.quicksand') || name === 'here')).toEqual([]);
  const other = createServer((_, response) => response.end('{"ok": true}')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  expect(await quicksand(['ls', '--url', url])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^quicksand: .* not Quicksand's: 200\n$/),
  });
  other.close();
  const wrong = await quicksand(['ls', '--token', 'wrong']);
  expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('token')]);
  const nobody = await quicksand(['ls', '--url', 'http://127.0.0.1:1']);
  expect([nobody.status, nobody.stderr]).toEqual([2, expect.stringContaining('cannot reach')]);
});
