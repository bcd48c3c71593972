import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { defaultDataFolder } from '@quicksand/host';
import { afterAll, beforeAll, expect, test } from 'vitest';

// The built command, against a host that it serves itself.
const bin = fileURLToPath(new URL('../bin/quicksand.js', import.meta.url));
const token = 'secret-of-the-test';

let folder = '';
let url = '';
let server: ChildProcessWithoutNullStreams | undefined;

function start(args: readonly string[]): ChildProcessWithoutNullStreams {
  const env = { ...process.env, QUICKSAND_HOME: folder, QUICKSAND_URL: url, QUICKSAND_TOKEN: token };
  return spawn(process.execPath, [bin, ...args], { cwd: folder, env });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quicksand-cli-'));
  await chmod(folder, 0o711);
  await copyFile(join(defaultDataFolder(), 'environment.json'), join(folder, 'environment.json'));
  const child = start(['serve', '--port', '0']);
  server = child;
  url = await new Promise<string>((resolve, reject) => {
    child.once('close', () => reject(new Error('the host ended')));
    child.stdout.on('data', (chunk: Buffer) => {
      const found = /listening on (\S+)\n/.exec(chunk.toString())?.[1];
      if (found) resolve(found);
    });
  });
});

afterAll(async () => {
  const closed = new Promise((resolve) => server?.once('close', resolve));
  server?.kill('SIGTERM');
  await closed;
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function end(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const status = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await status, stdout, stderr };
}

async function exec(args: readonly string[], input = ''): Promise<Ended> {
  const child = start(['exec', ...args]);
  child.stdin.end(input);
  return end(child);
}

/** Settles when the child has written something. */
async function written(child: ChildProcessWithoutNullStreams): Promise<void> {
  await new Promise((resolve) => child.stdout.once('data', resolve));
}

test('stdout and stderr pass through, each to its own, and the exit status is that of the command', async () => {
  expect(await exec(['box', '--', 'echo out; echo err >&2; exit 7'])).toEqual({
    status: 7,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

test('several arguments are a program and its arguments, whatever is in them', async () => {
  const { stdout } = await exec(['box', '--', 'printf', '%s|', '--env', '-x', '$(id)', 'a b', '--']);
  expect(stdout).toBe('--env|-x|$(id)|a b|--|');
  expect((await exec(['box', 'printf', '%s|', '--env', '--'])).stdout).toBe('--env|--|');
});

test('the options have their effect', async () => {
  const options = ['--cwd', '/tmp', '--env', 'A=1=2', '--env', 'B=', '-i'];
  const { stdout } = await exec([...options, 'box', '--', 'pwd; echo "$A[$B]"; cat'], 'in\nput');
  expect(stdout).toBe('/tmp\n1=2[]\nin\nput');
  const slow = await exec(['--timeout', '200', 'box', '--', 'sleep 60']);
  expect(slow.status).toBe(143);
  expect(slow.stderr).toContain('longer than its timeout of 200 ms');
});

test('output is live, and SIGINT reaches the command', async () => {
  const child = start(['exec', 'box', '--', `trap 'echo int; exit 9' INT; echo begun; while :; do sleep 0.02; done`]);
  await written(child);
  child.kill('SIGINT');
  expect(await end(child)).toMatchObject({ status: 9, stdout: 'int\n' });
});

test('a second SIGINT ends a command that ignores the first', async () => {
  const child = start(['exec', 'box', '--', `trap 'echo no' INT; echo begun; while :; do sleep 0.02; done # 1091`]);
  await written(child);
  child.kill('SIGINT');
  await written(child);
  child.kill('SIGINT');
  expect((await end(child)).status).toBe(130);
  while ((await exec(['box', '--', 'pgrep -fc "sleep 0.0[2]; done # 1091" || true'])).stdout.trim() !== '0');
});

test('what a pipe no longer reads is ended', async () => {
  const child = start(['exec', 'box', '--', 'yes 1092']);
  await written(child);
  child.stdout.destroy();
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  expect(status).toBe(130);
});

test.each([
  [['box', '--', 'no-such-program', 'x'], 127, 'no-such-program'],
  [['box', '--', '/usr', 'x'], 126, '/usr'],
  [['--cwd', '/nope', 'box', '--', 'true'], 125, '/nope'],
  [['--token', 'wrong', 'box', '--', 'true'], 125, 'token'],
  [['--url', 'http://127.0.0.1:1', 'box', '--', 'true'], 125, 'cannot reach http://127.0.0.1:1'],
  [['--url', 'nope', 'box', '--', 'true'], 125, 'is not the http or https URL'],
  [['not a box', '--', 'true'], 125, 'is not the id of a sandbox'],
  [['--env', 'A', 'box', '--', 'true'], 1, 'NAME=VALUE'],
  [['box', '--'], 125, 'must not be empty'],
  [['box'], 1, "missing required argument 'command'"],
])('%j is refused by name', async (args, status, said) => {
  const ended = await exec(args);
  expect(ended).toMatchObject({ status, stdout: '' });
  expect(ended.stderr).toContain(said);
});
