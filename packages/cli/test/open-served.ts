import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { defaultDataFolder } from '@quicksand/host';

const bin = fileURLToPath(new URL('../bin/quicksand.js', import.meta.url));

/** How a run of the command ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command, and a host that it serves itself, for one test file. */
export interface Served extends AsyncDisposable {
  /** A folder for the test, which the command runs in. */
  readonly folder: string;
  /** Starts the command; it asks that host unless told otherwise. `variables` are added to its environment. */
  start(args: readonly string[], variables?: Readonly<Record<string, string>>): ChildProcessWithoutNullStreams;
  /** Runs the command to its end. */
  run(args: readonly string[], input?: string): Promise<Ended>;
  /** The same in a shell, with what it has behind the command. */
  runInShell(args: readonly string[], behind: string): Promise<Ended>;
}

/** Settles when the host listens. */
export async function openServed(): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'quicksand-cli-'));
  await chmod(folder, 0o711);
  await copyFile(join(defaultDataFolder(), 'environment.json'), join(folder, 'environment.json'));
  let url = '';
  const spawnHere = (
    program: string,
    args: readonly string[],
    variables?: Readonly<Record<string, string>>,
  ): ChildProcessWithoutNullStreams => {
    const own = { QUICKSAND_HOME: folder, QUICKSAND_URL: url, QUICKSAND_TOKEN: 'secret-of-the-test' };
    return spawn(program, args, { cwd: folder, env: { ...process.env, ...own, ...variables } });
  };
  const start: Served['start'] = (args, variables) => spawnHere(process.execPath, [bin, ...args], variables);
  const server = start(['serve', '--port', '0']);
  const closed = new Promise((resolve) => server.once('close', resolve));
  url = await new Promise<string>((resolve, reject) => {
    void closed.then(() => reject(new Error('the host ended')));
    server.stdout.on('data', (chunk: Buffer) => {
      const found = /listening on (\S+)\n/.exec(chunk.toString())?.[1];
      if (found) resolve(found);
    });
  });
  return {
    folder,
    start,
    run: (args, input = '') => {
      const child = start(args);
      child.stdin.on('error', () => {}); // of a command that ended before it read
      child.stdin.end(input);
      return waitForEnd(child);
    },
    runInShell: (args, behind) =>
      waitForEnd(spawnHere('sh', ['-c', `"$0" "$@" ${behind}`, process.execPath, bin, ...args])),
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGTERM');
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a run of the command wrote, and how it ended. */
export async function waitForEnd(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const status = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await status, stdout, stderr };
}
