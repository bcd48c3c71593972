import { describeConformance } from '../src/index.ts';
import { createHttpFetcher } from '../test/http-fetcher.ts';
import { limits } from '../test/limits.ts';
import { openWorker } from '../test/open-worker.ts';
import { images } from './images.ts';
import { openPodman } from './open-podman.ts';

describeConformance('Worker to Durable Object to the host in its container', async () => {
  const stack = new AsyncDisposableStack();
  const podman = stack.use(await openPodman({ granted: true }));
  const worker = stack.use(
    await openWorker({
      main: { file: './container.ts' },
      variables: {
        OBJECT: 'all',
        LIMITS: Object.entries(limits)
          .map(([name, value]) => `${name}=${value}`)
          .join(','),
      },
      container: { image: images.host, sidecar: images.sidecar, socket: podman.socket },
    }),
  );
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    if ((await podman.running(images.host)).length !== 1) throw new Error('not exactly one container ran');
    await stack.disposeAsync();
  };
  return { fetcher: createHttpFetcher(worker.url), close: () => (closing ??= close()) };
});
