import { createHost, listen } from '@quicksand/host';
import { openDataFolder } from './data-folder.ts';
import { limits } from './limits.ts';

/** A host of a test's own, served over HTTP in this process. */
export interface ServedHost extends AsyncDisposable {
  readonly url: string;
  /** Ends the host and its server. */
  close(): Promise<void>;
}

/** Serves a new host at a free port, or at `port`. */
export async function openServedHost({ token, port = 0 }: { token: string; port?: number }): Promise<ServedHost> {
  const stack = new AsyncDisposableStack();
  try {
    const { path: dataFolder } = stack.use(await openDataFolder());
    const host = stack.use(await createHost({ dataFolder, token, limits }));
    const { url } = stack.use(await listen(host, { port }));
    // Running executions get their end event while the connections are still open.
    stack.defer(() => host.close());
    return { url, close: () => stack.disposeAsync(), [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
