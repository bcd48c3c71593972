import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type CodeCacheParts, javascriptKernelFolder, makeCodeCache } from '@quicksand/kernels';
import { SandboxError } from '@quicksand/protocol';
import { codeCacheName } from './kernel-program.ts';

/**
 * Writes the kernel of JavaScript, with its code as this Node with these flags compiles it: each kernel would compile it again. Throws
 * `environment_missing`.
 */
export async function writeJavascriptFolder(folder: string, parts: Omit<CodeCacheParts, 'folder'>): Promise<void> {
  await cp(javascriptKernelFolder, folder, { recursive: true }).catch((cause: unknown) => {
    throw new SandboxError('environment_missing', {
      message: `the kernel of JavaScript is not at ${javascriptKernelFolder}`,
      hint: 'run `npm run build`',
      cause,
    });
  });
  await makeCodeCache(join(folder, codeCacheName), { ...parts, folder }).catch((cause: unknown) => {
    throw new SandboxError('environment_missing', {
      message: `the Node of sandboxes cannot run the kernel of JavaScript: ${parts.node}`,
      hint: 'run `npx quicksand setup`',
      cause,
    });
  });
}
