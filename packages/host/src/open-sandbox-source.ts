import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import {
  chooseHolderProgram,
  type WeakPart,
  openCgroups,
  openLauncher,
  removeStaleGroups,
  runTool,
  toMountsFolder,
  writeEtcSkeleton,
} from '@quicksand/isolation';
import { pythonKernelFolder } from '@quicksand/kernels';
import { SandboxError } from '@quicksand/protocol';
import { openChannelServer } from './channel-server.ts';
import { readEnvironment } from './environment.ts';
import { makeRunFolder } from './folders.ts';
import type { HostLimits } from './host-limits.ts';
import { toKernelEnv, toReadOnlyFolders } from './kernel-environment.ts';
import { toKernelPrograms, toNodeFlags } from './kernel-program.ts';
import type { Log } from './log.ts';
import type { SandboxSource } from './sandbox-source.ts';
import { openWays } from './reach.ts';
import { writeJavascriptFolder } from './write-javascript-folder.ts';
import { writePythonFolder } from './write-python-folder.ts';
import { type Ending, type ZygoteKeeper, openZygoteKeeper } from './zygote-keeper.ts';
import type { ZygoteOptions } from './zygote.ts';

// Keeps I3: what cannot be enforced here, and was not typed away, ends the start.

/** What {@link openSandboxSource} is told. */
export interface SandboxSourceOptions {
  readonly dataFolder: string;
  readonly preload: readonly string[];
  readonly allowWeak: readonly WeakPart[];
  readonly limits: HostLimits;
  readonly log: Log;
  /** Where `hurry` aborts, all that starts programs ends at once, whatever it does: who waits for its answers waits no longer. */
  readonly ending: Ending;
}

/** Opens all that the sandboxes of a host share; `stack` closes it. Throws `environment_missing`, `backend_unavailable`. */
export async function openSandboxSource(
  stack: AsyncDisposableStack,
  { dataFolder, preload, allowWeak, limits, log, ending }: SandboxSourceOptions,
): Promise<SandboxSource> {
  assertPrivileged();
  const bubblewrap = await findProgram('bwrap');
  const holderProgram = await chooseHolderProgram();
  const environment = await readEnvironment(dataFolder);
  await removeStaleGroups();
  const cgroups = stack.use(await openCgroups({ allowWeak }));
  const runFolder = await makeRunFolder();
  const ways = stack.use(openWays(runFolder));
  const etc = join(runFolder, 'etc');
  await writeEtcSkeleton(etc);
  const channels = stack.use(await openChannelServer(join(runFolder, 'channels.sock')));
  const env = toKernelEnv(environment);
  const { python } = environment;
  ending.hurry.throwIfAborted();
  const launcher = stack.use(openLauncher(python));
  ending.hurry.addEventListener('abort', () => launcher.kill());
  const kernelFolder = pythonKernelFolder;
  const open = async (options: Pick<ZygoteOptions, 'preload'>): Promise<ZygoteKeeper> => {
    const own = { python, kernelFolder, scratch: runFolder, env, log };
    return stack.use(await openZygoteKeeper({ ...own, ...options }, ending));
  };
  const opt = join(runFolder, 'opt');
  const javascript = { node: environment.node.program, flags: toNodeFlags(limits) };
  const opening = [open({}), open({ preload }), writeJavascriptFolder(join(opt, 'javascript'), javascript)] as const;
  // Also where one of them fails: what the others have opened is closed.
  await Promise.allSettled(opening);
  const [bare, keeper] = await Promise.all(opening);
  const readOnly = await Promise.all(
    toReadOnlyFolders(environment).map(async (target) => ({ source: await ways.to(target), target })),
  );
  const { seccompFilter, packageFolders, python: version } = await (await keeper.get()).ready;
  await writePythonFolder(opt, { python, version, packageFolders, kernelFolder });
  // Other uids read them, whatever the umask of this process is.
  await runTool('chmod', ['-R', 'a+rX', '--', etc, opt]);
  const programs = toKernelPrograms(environment, limits);
  const own = { launcher, bubblewrap, holderProgram, cgroups, seccompFilter };
  const mounts = toMountsFolder(await ways.to(dataFolder));
  const shared = { ...own, etc, opt, mounts, readOnly, ways, programs };
  return { ...shared, zygote: keeper.get, bareZygote: bare.get, channels, limits, env, log };
}

/** Root of the machine, or of an outer namespace (`enter`). A process cannot make one around itself: its program has to be started in it. */
function assertPrivileged(): void {
  if (process.getuid?.() === 0) return;
  throw new SandboxError('backend_unavailable', {
    message:
      'an ordinary user can isolate sandboxes only in a namespace of its own, and this program was started outside of one',
    hint: 'start the program through quicksand: npx quicksand enter -- node your-program.js',
  });
}

async function findProgram(name: string): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '/usr/bin:/bin').split(delimiter)) {
    const path = join(folder, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  throw new SandboxError('backend_unavailable', {
    message: `the program ${name} is not installed`,
    hint: 'run `npx quicksand setup`, or: apt-get install -y bubblewrap',
  });
}
