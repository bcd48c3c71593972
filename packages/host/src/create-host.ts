import type { WeakPart } from '@quicksand/isolation';
import { createApp } from './app.ts';
import { assertNode } from './assert-node.ts';
import type { Cause } from './cause.ts';
import { type Closing, closeOnce } from './close-once.ts';
import { Commands } from './commands.ts';
import { Executions } from './executions.ts';
import { DiskWatch } from './disk-watch.ts';
import { defaultDataFolder } from './folders.ts';
import { type HostLimits, toHostLimits } from './host-limits.ts';
import { openHostSlot } from './host-slot.ts';
import type { HttpFetcher } from './listen.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { openSandboxSource } from './open-sandbox-source.ts';
import { SandboxPool } from './sandbox-pool.ts';
import { Sandboxes } from './sandboxes.ts';
import { openWorkspaces } from './open-workspaces.ts';

/** How a host is made. Every option has a default. */
export interface HostOptions {
  /** Where workspaces and the Python environment are. Default: `$QUICKSAND_HOME`, else `/var/lib/quicksand` for root, `~/.local/share/quicksand` for others. */
  readonly dataFolder?: string;
  /** Modules that every Python kernel has loaded before it starts. Default: numpy, pandas, matplotlib with pyplot. */
  readonly preload?: readonly string[];
  /** Bearer token that every request must carry. Default: none, since only the embedding program can call `fetch`. */
  readonly token?: string;
  /** Takes log lines. Default: warnings and errors go to standard error. */
  readonly log?: Log;
  /** Parts of the isolation that may be missing on this machine (I3). Default: none; then the host does not start without them. */
  readonly allowWeak?: readonly WeakPart[];
  /** Blank sandboxes that are kept ready, so that a new one costs next to nothing; each holds about 10 MB, and 50 more once JavaScript has been asked for. Default 2; 0 for none. */
  readonly poolSize?: number;
  /** Limits that differ from `defaultHostLimits`. */
  readonly limits?: Partial<HostLimits>;
  /** Gives up the start when it aborts, also one that hangs. A host that has started takes no notice: see {@link Host.close}. Default: none. */
  readonly signal?: AbortSignal;
}

/** A host: owns sandboxes and answers the HTTP protocol. */
export interface Host extends HttpFetcher, Closing {
  /** Ends every sandbox and every process that the host started. Running executions get their end event first. */
  close(): Promise<void>;
}

/** How long the end of a host may take before what hangs is killed, in milliseconds. */
const endGraceMs = 10_000;

const defaultPreload = ['numpy', 'pandas', 'matplotlib.pyplot', 'matplotlib_inline.backend_inline'];

/**
 * Starts a host in this process. Throws `environment_missing`, or `backend_unavailable` when this machine cannot isolate (I3); and the reason of `signal`, of
 * what was begun nothing is left then.
 *
 * @example
 * await using host = await createHost()
 * const sandbox = getSandbox(host, 'my-sandbox')
 */
export async function createHost(options: HostOptions = {}): Promise<Host> {
  assertNode();
  const { signal } = options;
  signal?.throwIfAborted();
  const hurry = new AbortController();
  const giveUp = (): void => hurry.abort();
  signal?.addEventListener('abort', giveUp);
  const stack = new AsyncDisposableStack();
  try {
    const host = await openHost(options, stack, hurry);
    // What was told to hurry at the very end of the start starts nothing any more.
    signal?.throwIfAborted();
    return host;
  } catch (error) {
    await stack.disposeAsync();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

/** `stack` closes what was opened; once `hurry` aborts, what starts programs ends at once. */
async function openHost(options: HostOptions, stack: AsyncDisposableStack, hurry: AbortController): Promise<Host> {
  const dataFolder = options.dataFolder ?? defaultDataFolder();
  const log = options.log ?? logToStderr;
  const limits = toHostLimits(options.limits ?? {});
  const { preload = defaultPreload, allowWeak = [], poolSize = 2 } = options;
  const end = new AbortController();
  const ending = { begun: end.signal, hurry: hurry.signal };
  const source = await openSandboxSource(stack, { dataFolder, preload, allowWeak, limits, log, ending });
  const { number: slot } = stack.use(await openHostSlot(dataFolder));
  const workspaces = stack.use(
    await openWorkspaces({ launcher: source.launcher, dataFolder, reach: source.ways, allowWeak, limits, slot }),
  );
  const pool = stack.use(new SandboxPool({ source, workspaces, size: poolSize }));
  await pool.prove();
  pool.fill();
  const sandboxes = new Sandboxes({ source, workspaces, pool });
  const measure = workspaces.measure?.bind(workspaces);
  if (measure) {
    const stop = (id: string, cause: Cause): Promise<void> => sandboxes.stop(id, cause);
    stack.use(new DiskWatch({ limits, ids: () => sandboxes.startedIds, measure, end: stop, log }));
  }
  const metrics = new Metrics();
  const executions = new Executions(sandboxes, limits, metrics);
  const commands = new Commands(sandboxes, limits);
  const isClosing = (): boolean => end.signal.aborted;
  const app = createApp({ sandboxes, executions, commands, metrics, token: options.token, log, isClosing });
  const close = async (): Promise<void> => {
    const late = setTimeout(() => hurry.abort(), endGraceMs);
    pool.stop();
    end.abort();
    try {
      await sandboxes.close({
        outcome: 'killed',
        ename: 'Quicksand.HostClosing',
        evalue: 'the host shut down while the code ran',
      });
    } finally {
      // Also where a sandbox does not end: what the host itself holds is given back.
      executions.store.close();
      commands.close();
      await stack.disposeAsync().finally(() => clearTimeout(late));
    }
  };
  return { fetch: async (request, http = {}) => app.fetch(request, http), ...closeOnce(close) };
}

const logToStderr: Log = (level, message, details) => {
  if (level === 'warn' || level === 'error')
    console.error(`quicksand: ${level}: ${message} ${JSON.stringify(details ?? {})}`); // which a closed stream does not make throw
};
