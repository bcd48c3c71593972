// Runs Workers in the real Workers runtime.

import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare';

/** A Worker to run. */
export interface WorkerOptions {
  /** Its module: the name of a file in conformance/workers, or the text of a module that is there. */
  readonly main: { readonly file: string } | { readonly text: string };
  readonly variables?: Readonly<Record<string, string>>;
  /** What module names stand for. */
  readonly alias?: Readonly<Record<string, string>>;
  /** The container of its object: an image, the one that stands in for the network beside it, and the socket of what runs both. */
  readonly container?: { readonly image: string; readonly sidecar: string; readonly socket: string };
}

/** A Worker that runs in workerd. */
export interface RunningWorker extends AsyncDisposable {
  /** Where it answers, without anything of Miniflare's in between. */
  readonly url: string;
  /** What its programs printed to the console, and when that arrived here, in milliseconds since 1970. */
  readonly printed: readonly { readonly text: string; readonly at: number }[];
  /** Takes the memory of an object away, as the runtime may at any time. */
  evict(objectName: string): Promise<void>;
}

const folder = fileURLToPath(new URL('../workers', import.meta.url));

/** Starts workerd with a Worker whose binding `SANDBOX` is the Durable Object class `Sandbox` that its module exports. */
export async function openWorker({
  main,
  variables = {},
  alias = {},
  container,
}: WorkerOptions): Promise<RunningWorker> {
  const printed: { text: string; at: number }[] = [];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: 'worker',
      modules: [{ type: 'ESModule', path: 'worker.js', contents: await bundle(main, alias) }],
      compatibilityDate: '2026-11-01',
      durableObjects: {
        SANDBOX: {
          className: 'Sandbox',
          useSQLite: true,
          ...(container && { container: { imageName: container.image } }),
        },
      },
      ...(container && {
        containerEngine: {
          localDocker: { socketPath: container.socket, containerEgressInterceptorImage: container.sidecar },
        },
      }),
      bindings: { ...variables },
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      host: '127.0.0.1',
      cf: false,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs: ({ message }) => void printed.push({ text: message, at: Date.now() }),
    }),
  );
  try {
    await miniflare.ready;
    const { origin } = await miniflare.unsafeGetDirectURL('worker');
    return {
      url: origin,
      printed,
      evict: (name) => miniflare.unsafeEvictDurableObject('worker', 'Sandbox', { name }),
      [Symbol.asyncDispose]: () => miniflare.dispose(),
    };
  } catch (error) {
    await miniflare.dispose().catch(() => undefined);
    throw error;
  }
}

/** Settles when the builder is free: to stop it would leave a build that runs beside without an answer. */
let building: Promise<unknown> = Promise.resolve();

/** One module out of the sources. */
function bundle(main: WorkerOptions['main'], alias: Readonly<Record<string, string>>): Promise<string> {
  const bundled = building.then(() => bundleAlone(main, alias));
  building = bundled.catch(() => {});
  return bundled;
}

async function bundleAlone(main: WorkerOptions['main'], alias: Readonly<Record<string, string>>): Promise<string> {
  const entry =
    'file' in main
      ? { entryPoints: [main.file] }
      : { stdin: { contents: main.text, resolveDir: folder, loader: 'ts' as const, sourcefile: 'program.ts' } };
  const { outputFiles } = await build({
    ...entry,
    absWorkingDir: folder,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['quicksand-source', 'workerd', 'worker'],
    external: ['cloudflare:*'],
    alias: { ...alias },
    logLevel: 'silent',
  });
  // Else its process waits for the next one, and is counted as left behind.
  await stop();
  return outputFiles[0]?.text ?? '';
}
