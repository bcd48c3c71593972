import { availableParallelism } from 'node:os';
import type { Figure } from './figure.ts';
import type { Floors } from './floors.ts';
import { type Place, type RunningHost, openHost } from './open-host.ts';

/** What rows measure with. */
export interface Bench {
  readonly place: Place;
  readonly floors: Floors;
  /** Only whether each figure can be measured is of interest. */
  readonly smoke: boolean;
  /** In a smoke run: the bare host of all rows that need no other options, one that may use every processor. */
  readonly shared?: RunningHost;
}

/** One row of the bench: figures that belong together. */
export interface Row {
  readonly name: string;
  readonly about: string;
  /** Kernels that the host must have; the row is left out, by name, where it has not. */
  readonly language?: string;
  measure(bench: Bench): Promise<Figure[]>;
}

/** How often something is measured: seldom in a smoke run. */
export function times({ smoke }: Bench, n: number, least = 3): number {
  return smoke ? Math.min(n, least) : n;
}

/** So often is a short cell run before it counts: what is measured is a host, a client and a kernel at work, not their first steps. */
export const warmRuns = 1000;

/** So many sandboxes or contexts are started before one counts, for the same reason. */
export const warmStarts = 10;

/** Does something so often before it counts. */
export async function warmUp(work: () => Promise<unknown>, n: number): Promise<void> {
  for (let i = 0; i < n; i++) await work();
}

/** Options of a host whose sandboxes may use every processor: by default they may use one, and that limit is not what is measured. */
export const everyProcessor: readonly string[] = ['--limit', `cores=${availableParallelism()}`];

/** A host without a pool, so that nothing happens beside what is measured. */
export async function openBare({ place, shared }: Bench, ...args: string[]): Promise<RunningHost> {
  if (shared && args.every((arg) => everyProcessor.includes(arg)))
    return { ...shared, async [Symbol.asyncDispose]() {} };
  // Threads count as processes, and a kernel of Node has about ten: 50 of them are more than a sandbox may have by default.
  return openHost(place, ['--pool', '0', '--limit', 'pids=4096', ...args]);
}

/** Names of new sandboxes. */
export function nameSandboxes(prefix: string): () => string {
  let count = 0;
  return () => `${prefix}-${++count}`;
}
