import { describeConformance } from '../src/index.ts';
import { openDataFolder } from './data-folder.ts';
import { findLeft, listDescendants } from './descendants.ts';
import { openServe } from './open-serve.ts';

describeConformance('quicksand serve over HTTP', async () => {
  const folder = await openDataFolder();
  const serve = await openServe(folder.path);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const started = await listDescendants(serve.pid);
    const { code, signal } = await serve.end();
    await folder[Symbol.asyncDispose]();
    const left = await findLeft(started);
    if (left.length > 0) throw new Error(`processes are left: ${left.join(', ')}`);
    if (code !== 0) throw new Error(`serve ended with ${signal ?? code}`);
  };
  return { fetcher: serve.fetcher, token: serve.token, close: () => (closing ??= close()) };
});
