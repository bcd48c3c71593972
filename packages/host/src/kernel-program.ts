import type { Language } from '@quicksand/protocol';
import type { Environment } from './environment.ts';
import type { HostLimits } from './host-limits.ts';

/** The programs that kernels are: one for Python, and one that speaks JavaScript and TypeScript. */
export type KernelKind = 'python' | 'node';

/** How a kernel is started, and what is special about it. */
export interface KernelProgram {
  /** The program for a kernel with that key; undefined where the fork of the zygote is the kernel. */
  readonly toArgv: ((key: string) => readonly [string, ...string[]]) | undefined;
  /** Whether a signal must make it look for an interrupt. */
  readonly needsSignal: boolean;
  /** Whether it gains from running something before it is used: see `rehearse` in docs/kernel-channel.md. */
  readonly rehearses: boolean;
  /** How much its own memory may grow, in bytes, before it ends itself for that; undefined where only its group limits it. */
  readonly heapBytes: number | undefined;
}

/** What of a context's memory is left to the program itself when its heap is full, in bytes. */
const besideHeapBytes = 64 * 1024 * 1024;
const MiB = 1024 * 1024;

/** Where the kernel of JavaScript is, inside. */
const insideFolder = '/opt/quicksand/javascript';

/** The file beside the kernel of JavaScript that holds its compiled code. */
export const codeCacheName = 'main.cache';

/** How much the memory of a kernel of JavaScript may grow. */
function toHeapBytes({ contextMemoryBytes }: HostLimits): number {
  return Math.max(contextMemoryBytes / 2, contextMemoryBytes - besideHeapBytes);
}

/** The flags of Node for kernels of JavaScript. */
export function toNodeFlags(limits: HostLimits): readonly string[] {
  return [
    `--max-old-space-size=${Math.floor(toHeapBytes(limits) / MiB)}`,
    // A thread for V8's own work is enough, and counts among the processes of the sandbox.
    '--v8-pool-size=1',
    // An interrupt takes a callback away from below Node's own frames, which it would take for a bug.
    '--no-force-async-hooks-checks',
    // What runs tests tells why one has failed with its name, and not at the end of a process that never ends.
    '--test-reporter=tap',
  ];
}

/** The kernels of a host. */
export function toKernelPrograms({ node }: Environment, limits: HostLimits): Record<KernelKind, KernelProgram> {
  const flags = toNodeFlags(limits);
  const [kernel, cache] = [`${insideFolder}/kernel.cjs`, `${insideFolder}/${codeCacheName}`];
  return {
    python: { toArgv: undefined, needsSignal: true, rehearses: true, heapBytes: undefined },
    node: {
      toArgv: (key) => [node.program, ...flags, kernel, key, cache],
      needsSignal: false,
      rehearses: false,
      heapBytes: toHeapBytes(limits),
    },
  };
}

/** The kernel that runs a language. */
export function toKernelKind(language: Language): KernelKind {
  return language === 'python' ? 'python' : 'node';
}
