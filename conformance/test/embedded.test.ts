import { describeConformance } from '../src/index.ts';
import { createHost } from '@quicksand/host';
import { limits } from './limits.ts';
import { openDataFolder } from './data-folder.ts';
import { findLeft, listDescendants } from './descendants.ts';

describeConformance('embedded host', async () => {
  const folder = await openDataFolder();
  const before = new Set((await listDescendants(process.pid)).map(({ pid }) => pid));
  const host = await createHost({ dataFolder: folder.path, limits });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const started = (await listDescendants(process.pid)).filter(({ pid }) => !before.has(pid));
    await host.close();
    await folder[Symbol.asyncDispose]();
    const left = await findLeft(started);
    if (left.length > 0) throw new Error(`processes are left: ${left.join(', ')}`);
  };
  return { fetcher: host, close: () => (closing ??= close()) };
});
