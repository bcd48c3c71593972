// Makes dist: the kernel of JavaScript, in the parts that it loads one after the other, as they are seen inside a sandbox.
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

/** Bundles the kernel. Takes some 50 ms. */
export async function buildJavascriptKernel() {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  await build({
    absWorkingDir: folder,
    entryPoints: {
      kernel: 'src/start.ts',
      main: 'src/main.ts',
      watcher: 'src/watcher.ts',
      'cache-maker': 'src/cache-maker.ts',
    },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    conditions: ['quicksand-source'],
    legalComments: 'inline',
    logLevel: 'warning',
  });
}

/** What vitest calls before it runs tests. */
export const setup = buildJavascriptKernel;

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildJavascriptKernel();
