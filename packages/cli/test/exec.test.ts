import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ended, type Served, openServed, waitForEnd } from './open-served.ts';

let served: Served;
beforeAll(async () => {
  served = await openServed();
});
afterAll(() => served?.[Symbol.asyncDispose]());

const start = (args: readonly string[]): ChildProcessWithoutNullStreams => served.start(args);
const exec = (args: readonly string[], input?: string): Promise<Ended> => served.run(['exec', ...args], input);

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
  expect(await waitForEnd(child)).toMatchObject({ status: 9, stdout: 'int\n' });
});

test('a second SIGINT ends a command that ignores the first', async () => {
  const child = start(['exec', 'box', '--', `trap 'echo no' INT; echo begun; while :; do sleep 0.02; done # 1091`]);
  await written(child);
  child.kill('SIGINT');
  await written(child);
  child.kill('SIGINT');
  expect((await waitForEnd(child)).status).toBe(130);
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
