import {
  type GroupLimits,
  type Limits,
  defaultGroupLimits,
  defaultLimits,
  defaultVolumeLimits,
} from '@quicksand/isolation';
import { SandboxError } from '@quicksand/protocol';

/** How much a host takes on, and how much each of its sandboxes may use. */
export interface HostLimits extends GroupLimits, Limits {
  /** Size of a workspace in bytes, and how many files, folders and links it may hold. */
  readonly workspaceBytes: number;
  readonly workspaceFiles: number;

  /** Sandboxes at the same time. */
  readonly maxSandboxes: number;
  /** Contexts of one sandbox. */
  readonly maxContexts: number;
  /** Commands of one sandbox that run at the same time, those in the background included. */
  readonly maxCommands: number;
  /** Environment variables that were set for one sandbox, names and values together, in bytes. */
  readonly envBytes: number;
  /** How long a kernel may take to start, in milliseconds: one that loads packages of the sandbox runs their code. */
  readonly kernelStartMs: number;
  /** Executions that may wait in one context. */
  readonly maxQueued: number;
  /** Timeout of an execution that names none, and the largest that one may name; milliseconds. */
  readonly defaultTimeoutMs: number;
  readonly maxTimeoutMs: number;
  /** Time without any use after which a sandbox sleeps, unless its requests say otherwise; milliseconds. */
  readonly sleepAfterMs: number;
  /** Text and results of one execution, in bytes. */
  readonly outputBytes: number;
  /** Events kept of one execution, and of all, in bytes (R7). */
  readonly logBytes: number;
  readonly allLogBytes: number;
  /** How long the events of an ended execution are kept, in milliseconds (R7). */
  readonly logKeepMs: number;
  /** How long nothing of a file that is uploaded or downloaded may move before it is given up, in milliseconds. */
  readonly fileIdleMs: number;
}

const MiB = 1024 * 1024;

/** The limits of a host unless its options say otherwise. */
export const defaultHostLimits: HostLimits = {
  ...defaultGroupLimits,
  ...defaultLimits,
  workspaceBytes: defaultVolumeLimits.bytes,
  workspaceFiles: defaultVolumeLimits.files,
  maxSandboxes: 1000,
  maxContexts: 50,
  maxCommands: 64,
  envBytes: 1 * MiB,
  kernelStartMs: 30_000,
  maxQueued: 100,
  defaultTimeoutMs: 60_000,
  maxTimeoutMs: 60 * 60_000,
  sleepAfterMs: 10 * 60_000,
  outputBytes: 256 * MiB,
  logBytes: 4 * MiB,
  allLogBytes: 64 * MiB,
  logKeepMs: 5 * 60_000,
  fileIdleMs: 2 * 60_000,
};

/** The limits of a host with some of them changed. Throws `invalid_request` for one that does not exist or is no number above 0. */
export function toHostLimits(changes: Readonly<Record<string, unknown>>): HostLimits {
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(defaultHostLimits, name)) {
      throw new SandboxError('invalid_request', {
        message: `there is no limit ${name}`,
        hint: `the limits are: ${Object.keys(defaultHostLimits).join(', ')}`,
      });
    }
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
      throw new SandboxError('invalid_request', {
        message: `the limit ${name} is ${String(value)}`,
        hint: `give a number above 0; the default is ${defaultHostLimits[name as keyof HostLimits]}`,
      });
    }
  }
  return { ...defaultHostLimits, ...changes };
}
