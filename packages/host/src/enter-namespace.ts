import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import {
  type SubordinateIds,
  type WeakPart,
  delegateToHosts,
  findUserNamespaceFix,
  readSubordinate,
  removeLeftMounts,
  removeStaleGroups,
  runTool,
  toKeptEnv,
} from '@quicksand/isolation';
import { pythonKernelFolder } from '@quicksand/kernels';
import { SandboxError } from '@quicksand/protocol';
import { readEnvironment } from './environment.ts';
import { defaultDataFolder, removeLeftRunFolders } from './folders.ts';

// Keeps I3: without uids to give away nothing is entered, unless the operator typed `uids`.

/** What {@link enterNamespace} is told. */
export interface EnterOptions {
  /** Where the Python environment is, and the workspaces will be. Default: as for `createHost`. */
  readonly dataFolder?: string;
  /** `uids`: go on with one uid for all sandboxes where the user has no others. */
  readonly allowWeak?: readonly WeakPart[];
}

/** Loads the program of quicksand_kernel/outer.py from the folder in its first argument. */
const loader = 'import sys; sys.path.insert(0, sys.argv[1]); from quicksand_kernel.outer import main; main()';

/** What a terminal sends to the program, too. */
const fromTerminal: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const passedOn: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', ...fromTerminal];

/**
 * Runs a program in an outer namespace, where this ordinary user is root over its own uids and `createHost` can isolate sandboxes; input, output and
 * signals pass through. Settles with its exit status, 128 and the number for a signal. Throws `backend_unavailable`, `environment_missing`.
 *
 * @example
 * process.exitCode = await enterNamespace(['node', 'my-server.js'])
 */
export async function enterNamespace(
  command: readonly [string, ...string[]],
  { dataFolder = defaultDataFolder(), allowWeak = [] }: EnterOptions = {},
): Promise<number> {
  const ids = chooseIds(allowWeak);
  const { python } = await readEnvironment(dataFolder);
  // Inside nobody sees whose processes are gone.
  await removeStaleGroups();
  await removeLeftRunFolders();
  await removeLeftMounts(dataFolder);
  delegateToHosts();
  const child = spawn(python, ['-I', '-S', '-c', loader, pythonKernelFolder, ...command], {
    env: { ...toKeptEnv(), QUICKSAND_HOME: dataFolder },
    stdio: ['inherit', 'inherit', 'inherit', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const control = child.stdio[3] as Writable;
  control.on('error', () => {}); // of one that has ended
  let failure: string | undefined;
  const status = createInterface({ input: child.stdio[4] as Readable });
  status.on('line', (line) => {
    if (line === 'made') void writeMaps(child, ids).then(() => control.write('mapped\n'), refuse);
    else failure = line.replace(/^failed /, '');
  });
  const refuse = (error: Error): void => {
    failure = error.message;
    control.end();
  };
  using _ = passSignals(control);
  const [code, signal] = await ended;
  if (failure !== undefined) throw toFailure(failure, command[0]);
  return code ?? 128 + constants.signals[signal ?? 'SIGKILL'];
}

function chooseIds(allowWeak: readonly WeakPart[]): SubordinateIds | undefined {
  const found = readSubordinate();
  if (!Array.isArray(found)) return found;
  if (allowWeak.includes('uids')) return undefined;
  throw new SandboxError('backend_unavailable', {
    message: `sandboxes cannot have uids of their own: ${found.map((part) => part.found).join('; ')}`,
    hint: `${found.map(({ fix }) => fix).join(' && ')}; or go on with one uid for all: --allow-weak=uids`,
    details: { part: 'uids', missing: found },
  });
}

/** Root inside is this user, and every other id has the same number inside as outside; without others, this user is all there is. */
async function writeMaps({ pid }: ChildProcess, ids: SubordinateIds | undefined): Promise<void> {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (!ids) {
    await writeFile(`/proc/${pid}/setgroups`, 'deny');
    await writeFile(`/proc/${pid}/uid_map`, `0 ${uid} 1`);
    await writeFile(`/proc/${pid}/gid_map`, `0 ${gid} 1`);
    return;
  }
  const { uids, gids, newuidmap, newgidmap } = ids;
  const map = (own: number, first: number): string[] =>
    [pid ?? 0, 0, own, 1, uids.first, first, uids.count].map(String);
  await runTool(newuidmap, map(uid, uids.first));
  await runTool(newgidmap, map(gid, gids.first));
}

/** Until it is disposed of, signals of this process go to the program. What the terminal has sent to both is left alone. */
function passSignals(control: Writable): Disposable {
  const listeners = passedOn.map((name) => {
    const listener = (): void => {
      if (fromTerminal.includes(name) && hasTerminal()) return;
      control.write(`signal ${constants.signals[name]}\n`);
    };
    process.on(name, listener);
    return () => void process.off(name, listener);
  });
  return { [Symbol.dispose]: () => listeners.forEach((remove) => remove()) };
}

function hasTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
}

function toFailure(failure: string, program: string): SandboxError {
  if (failure.startsWith(`${program}: `))
    return new SandboxError('program_not_found', { message: `the program cannot be run: ${failure}` });
  return new SandboxError('backend_unavailable', {
    message: `no user namespace can be made here: ${failure}`,
    hint: findUserNamespaceFix(),
    details: { part: 'user namespaces' },
  });
}
