import { describeConformance } from '../src/index.ts';
import { findLeft, listDescendants } from './descendants.ts';
import { createHttpFetcher } from './http-fetcher.ts';
import { openServedHost } from './open-host.ts';
import { openWorker } from './open-worker.ts';

const token = 'a token of the host, which no client of the Worker knows';

describeConformance('Worker to Durable Object to host', async () => {
  const before = new Set((await listDescendants(process.pid)).map(({ pid }) => pid));
  const stack = new AsyncDisposableStack();
  const host = stack.use(await openServedHost({ token }));
  const worker = stack.use(
    await openWorker({
      main: { file: './gateway.ts' },
      variables: { QUICKSAND_URL: host.url, QUICKSAND_TOKEN: token },
    }),
  );
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const started = (await listDescendants(process.pid)).filter(({ pid }) => !before.has(pid));
    if (!started.some(({ name }) => name === 'workerd')) throw new Error('no workerd ran');
    await stack.disposeAsync();
    const left = await findLeft(started);
    if (left.length > 0) throw new Error(`processes are left: ${left.join(', ')}`);
  };
  return { fetcher: createHttpFetcher(worker.url), close: () => (closing ??= close()) };
});
