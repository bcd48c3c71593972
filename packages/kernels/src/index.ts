import { fileURLToPath } from 'node:url';

/** The folder that holds the Python package `quicksand_kernel`: what PYTHONPATH of the zygote names. */
export const pythonKernelFolder: string = fileURLToPath(new URL('../python', import.meta.url));
