// Makes dist: the kernel of JavaScript, in the parts that it loads one after the other, as they are seen inside a sandbox.
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { ownGlobals } from './own-globals.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));

const options = {
  absWorkingDir: folder,
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  conditions: ['quicksand-source'],
  legalComments: 'inline',
  logLevel: 'warning',
};

/** Bundles the kernel. Takes some 50 ms. */
export async function buildJavascriptKernel() {
  const others = { kernel: 'src/start.ts', watcher: 'src/watcher.ts', 'cache-maker': 'src/cache-maker.ts' };
  await build({ ...options, entryPoints: others });
  // The part that shares its process with code of the user that runs.
  await build({ ...options, entryPoints: { main: 'src/main.ts' }, plugins: [ownGlobals] });
}

/** What vitest calls before it runs tests. */
export const setup = buildJavascriptKernel;

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildJavascriptKernel();
