import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare';

/** A Worker in workerd that hands every request to the Durable Object of the sandbox that it names. */
export interface GatewayWorker extends AsyncDisposable {
  readonly url: string;
}

/** Starts the gateway of the conformance suite in front of a host. */
export async function openGateway(root: string, variables: Readonly<Record<string, string>>): Promise<GatewayWorker> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'conformance/workers/gateway.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['quicksand-source', 'workerd', 'worker'],
    external: ['cloudflare:*'],
    logLevel: 'silent',
  });
  await stop();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: 'worker',
      modules: [{ type: 'ESModule', path: 'worker.js', contents: outputFiles[0]?.text ?? '' }],
      compatibilityDate: '2026-11-01',
      durableObjects: { SANDBOX: { className: 'Sandbox', useSQLite: true } },
      bindings: { ...variables },
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      host: '127.0.0.1',
      cf: false,
      log: new Log(LogLevel.ERROR),
    }),
  );
  await miniflare.ready;
  const { origin } = await miniflare.unsafeGetDirectURL('worker');
  return { url: origin, [Symbol.asyncDispose]: () => miniflare.dispose() };
}
