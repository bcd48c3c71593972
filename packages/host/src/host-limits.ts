/** How much a host takes on. */
export interface HostLimits {
  /** Sandboxes at the same time. */
  readonly maxSandboxes: number;
  /** Contexts of one sandbox. */
  readonly maxContexts: number;
  /** Executions that may wait in one context. */
  readonly maxQueued: number;
  /** Timeout of an execution that names none, and the largest that one may name; milliseconds. */
  readonly defaultTimeoutMs: number;
  readonly maxTimeoutMs: number;
  /** Text and results of one execution, in bytes. */
  readonly outputBytes: number;
  /** Events kept of one execution, and of all, in bytes (R7). */
  readonly logBytes: number;
  readonly allLogBytes: number;
  /** How long the events of an ended execution are kept, in milliseconds (R7). */
  readonly logKeepMs: number;
}

const MiB = 1024 * 1024;

/** The limits of a host unless its options say otherwise. */
export const defaultHostLimits: HostLimits = {
  maxSandboxes: 1000,
  maxContexts: 50,
  maxQueued: 100,
  defaultTimeoutMs: 60_000,
  maxTimeoutMs: 60 * 60_000,
  outputBytes: 256 * MiB,
  logBytes: 4 * MiB,
  allLogBytes: 64 * MiB,
  logKeepMs: 5 * 60_000,
};
