import { join } from 'node:path';
import type { WeakPart } from '@quicksand/isolation';
import type { Fetcher } from '@quicksand/protocol';
import { createApp } from './app.ts';
import { Executions } from './executions.ts';
import { assertReachable, defaultDataFolder } from './folders.ts';
import { type HostLimits, toHostLimits } from './host-limits.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { openSandboxSource } from './open-sandbox-source.ts';
import { Sandboxes } from './sandboxes.ts';
import { WorkspaceStore, toUidRange } from './workspace-store.ts';

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
  /** Parts of the isolation that may be missing on this machine (I3). Default: none; then the host does not start without them. */
  readonly allowWeak?: readonly WeakPart[];
  /** Limits that differ from `defaultHostLimits`. */
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
  const limits = toHostLimits(options.limits ?? {});
  const stack = new AsyncDisposableStack();
  try {
    const { preload = defaultPreload, allowWeak = [] } = options;
    const source = await openSandboxSource(stack, { dataFolder, preload, allowWeak, limits, log });
    const workspaces = await WorkspaceStore.open(dataFolder, toUidRange(dataFolder));
    await assertReachable(join(dataFolder, 'workspaces'));
    const sandboxes = new Sandboxes(source, workspaces);
    const metrics = new Metrics();
    const executions = new Executions(sandboxes, limits, metrics);
    let closing: Promise<void> | undefined;
    const isClosing = (): boolean => closing !== undefined;
    const app = createApp({ sandboxes, executions, metrics, token: options.token, log, isClosing });
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

const logToStderr: Log = (level, message, details) => {
  if (level === 'warn' || level === 'error')
    process.stderr.write(`quicksand: ${level}: ${message} ${JSON.stringify(details ?? {})}\n`);
};
