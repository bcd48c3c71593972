import { setTimeout as delay } from 'node:timers/promises';
import type { Cause } from './cause.ts';
import type { FolderUsage } from './measure-folder.ts';
import type { HostLimits } from './host-limits.ts';
import type { Log } from './log.ts';

/** What a {@link DiskWatch} works with. */
export interface DiskWatchParts {
  readonly limits: Pick<HostLimits, 'workspaceBytes' | 'workspaceFiles'>;
  /** The sandboxes that run. */
  readonly ids: () => readonly string[];
  /** How much the workspace of one uses. */
  readonly measure: (id: string, signal: AbortSignal) => Promise<FolderUsage>;
  /** Ends the processes of one. */
  readonly end: (id: string, cause: Cause) => Promise<void>;
  readonly log: Log;
}

/** How long to rest between two looks at all workspaces, in milliseconds. */
const restMs = 2000;
/** A workspace within its limits is measured in far less; one that is not may grow as fast as it is measured. */
const measureMs = 20_000;

/**
 * Ends sandboxes whose workspace is larger than it may be, where no file system enforces that. It comes too late by what can be written in a few seconds: a
 * watch is no limit, and the operator has typed that there is none (I3).
 */
export class DiskWatch implements AsyncDisposable {
  readonly #parts: DiskWatchParts;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;

  constructor(parts: DiskWatchParts) {
    this.#parts = parts;
    this.#watching = this.#watch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { ids, log } = this.#parts;
    const { signal } = this.#stop;
    const rest = (): Promise<void> => delay(restMs, undefined, { signal, ref: false }).catch(() => {});
    for (await rest(); !signal.aborted; await rest()) {
      // One after the other: to measure takes time of the disk.
      for (const id of ids()) {
        if (signal.aborted) return;
        await this.#look(id).catch((error: Error) => {
          // One that ended in the meantime may have no workspace any more.
          if (ids().includes(id)) log('warn', 'a workspace was not measured', { sandboxId: id, error: error.message });
        });
      }
    }
  }

  async #look(id: string): Promise<void> {
    const late = AbortSignal.timeout(measureMs);
    const measured = await this.#parts
      .measure(id, AbortSignal.any([late, this.#stop.signal]))
      .catch((error: unknown) => {
        if (late.aborted || this.#stop.signal.aborted) return undefined;
        throw error;
      });
    if (this.#stop.signal.aborted) return;
    const excess = this.#toExcess(measured);
    if (excess === undefined) return;
    const evalue = `${excess}, so what ran in the sandbox was ended: delete files, or the sandbox`;
    await this.#parts.end(id, { outcome: 'killed', ename: 'Quicksand.DiskLimit', evalue });
  }

  #toExcess(measured: FolderUsage | undefined): string | undefined {
    const { workspaceBytes, workspaceFiles } = this.#parts.limits;
    if (!measured) return `the workspace could not be measured within ${measureMs / 1000} s`;
    const { bytes, files } = measured;
    if (bytes > workspaceBytes) return `the workspace takes ${bytes} bytes, and its limit is ${workspaceBytes}`;
    if (files > workspaceFiles) return `the workspace has ${files} files, and its limit is ${workspaceFiles}`;
    return undefined;
  }
}
