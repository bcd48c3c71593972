import { access, constants, mkdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { defaultLimits, writeEtcSkeleton } from '@quicksand/isolation';
import { pythonKernelFolder } from '@quicksand/kernels';
import { type Fetcher, SandboxError } from '@quicksand/protocol';
import { createApp } from './app.ts';
import { openChannelServer } from './channel-server.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { Executions } from './executions.ts';
import { assertReachable, defaultDataFolder, makeRunFolder } from './folders.ts';
import { type HostLimits, defaultHostLimits } from './host-limits.ts';
import type { Log } from './log.ts';
import { Sandboxes } from './sandboxes.ts';
import { WorkspaceStore, toUidRange } from './workspace-store.ts';
import { openZygoteKeeper } from './zygote-keeper.ts';

/** How a host is made. Every option has a default. */
export interface HostOptions {
  /** Where workspaces and the Python environment are. Default: `$QUICKSAND_HOME`, else `/var/lib/quicksand` (root). */
  readonly dataFolder?: string;
  /** Modules that every Python kernel has loaded before it starts. Default: numpy, pandas, matplotlib with pyplot. */
  readonly preload?: readonly string[];
  /** Bearer token that every request must carry. Default: none, since only the embedding program can call `fetch`. */
  readonly token?: string;
  /** Takes log lines. Default: warnings and errors go to standard error. */
  readonly log?: Log;
  readonly limits?: Partial<HostLimits>;
}

/** A host: owns sandboxes and answers the HTTP protocol. */
export interface Host extends Fetcher, AsyncDisposable {
  /** Ends every sandbox and every process that the host started. Running executions get their end event first. */
  close(): Promise<void>;
}

const defaultPreload = ['numpy', 'pandas', 'matplotlib.pyplot', 'matplotlib_inline.backend_inline'];

/**
 * Starts a host in this process. Throws `environment_missing`, or `backend_unavailable` when this machine cannot isolate (I3).
 *
 * @example
 * await using host = await createHost()
 * const sandbox = getSandbox(host, 'my-sandbox')
 */
export async function createHost(options: HostOptions = {}): Promise<Host> {
  const dataFolder = options.dataFolder ?? defaultDataFolder();
  const log = options.log ?? logToStderr;
  const limits = { ...defaultHostLimits, ...options.limits };
  assertRoot();
  const bubblewrap = await findProgram('bwrap');
  const environment = await readEnvironment(dataFolder);
  const workspaces = await WorkspaceStore.open(dataFolder, toUidRange(dataFolder));
  await assertReachable(join(dataFolder, 'workspaces'));
  const stack = new AsyncDisposableStack();
  try {
    const runFolder = await makeRunFolder();
    stack.defer(() => rm(runFolder, { recursive: true, force: true }));
    const etc = join(runFolder, 'etc');
    await writeEtcSkeleton(etc);
    const folder = join(runFolder, 'kernels');
    await mkdir(folder, { mode: 0o700 });
    const channels = stack.use(await openChannelServer(join(runFolder, 'channels.sock')));
    const env = toKernelEnv(environment);
    const zygoteOptions = {
      python: environment.python,
      kernelFolder: pythonKernelFolder,
      preload: options.preload ?? defaultPreload,
      env,
      log,
    };
    const keeper = stack.use(await openZygoteKeeper(zygoteOptions));
    const readOnly = toReadOnlyFolders(environment);
    const rootLimits = defaultLimits;
    const { seccompFilter } = await (await keeper.get()).ready;
    const source = {
      ...{ zygote: keeper.get, channels, folder, bubblewrap, seccompFilter },
      ...{ etc, readOnly, rootLimits, limits, env },
    };
    const sandboxes = new Sandboxes(source, workspaces);
    const executions = new Executions(sandboxes, limits);
    let closing: Promise<void> | undefined;
    const app = createApp({ sandboxes, executions, token: options.token, log, isClosing: () => closing !== undefined });
    const close = async (): Promise<void> => {
      await sandboxes.close({
        outcome: 'killed',
        ename: 'Quicksand.HostClosing',
        evalue: 'the host shut down while the code ran',
      });
      executions.store.close();
      await stack.disposeAsync();
    };
    const closeOnce = (): Promise<void> => (closing ??= close());
    return { fetch: async (request) => app.fetch(request), close: closeOnce, [Symbol.asyncDispose]: closeOnce };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** The environment of the zygote and of every kernel, before that of its context. */
function toKernelEnv({ prefix, mplConfig }: Environment): Record<string, string> {
  return {
    PATH: [...(prefix === '/usr' ? [] : [`${prefix}/bin`]), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: '/home/user',
    USER: 'user',
    LOGNAME: 'user',
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    TMPDIR: '/tmp',
    OPENBLAS_NUM_THREADS: '1',
    OMP_NUM_THREADS: '1',
    MPLBACKEND: 'module://matplotlib_inline.backend_inline',
    MPLCONFIGDIR: mplConfig,
  };
}

function toReadOnlyFolders({ prefix, basePrefix, mplConfig }: Environment): string[] {
  const outside = [...new Set([prefix, basePrefix, mplConfig])].filter(
    (folder) => folder !== '/usr' && !folder.startsWith('/usr/'),
  );
  return outside.filter((folder) => !outside.some((other) => other !== folder && folder.startsWith(`${other}/`)));
}

function assertRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new SandboxError('backend_unavailable', {
    message: 'this version can isolate sandboxes only when the host runs as root',
    hint: 'start it with sudo; sandboxes never run as root',
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

const logToStderr: Log = (level, message, details) => {
  if (level === 'warn' || level === 'error')
    process.stderr.write(`quicksand: ${level}: ${message} ${JSON.stringify(details ?? {})}\n`);
};
