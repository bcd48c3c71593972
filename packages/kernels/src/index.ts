import { fileURLToPath } from 'node:url';

export { type CodeCacheParts, makeCodeCache } from './make-code-cache.ts';

/** The folder of the built kernel of JavaScript and TypeScript, `kernel.cjs`, which sandboxes see. */
export const javascriptKernelFolder: string = fileURLToPath(new URL('../javascript/dist', import.meta.url));

/** The folder that holds the Python package `quicksand_kernel`: what PYTHONPATH of the zygote names. */
export const pythonKernelFolder: string = fileURLToPath(new URL('../python', import.meta.url));
