import type { Fetcher } from '@quicksand/protocol';

/** What the suite is run over. Cases use nothing of it but `fetcher` and `token`. */
export interface Target {
  readonly fetcher: Fetcher;
  /** The token that requests need; undefined where the target asks for none. */
  readonly token?: string | undefined;
  /** Ends the target. Rejects when a process that it started is left. */
  close(): Promise<void>;
}

/** Opens a target of its own for one run of the suite. */
export type OpenTarget = () => Promise<Target>;
