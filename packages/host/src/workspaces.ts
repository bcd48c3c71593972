import { stat } from 'node:fs/promises';
import { SandboxError } from '@quicksand/protocol';
import type { FolderUsage } from './measure-folder.ts';

/** The files of a sandbox that are kept: the folder outside that appears as `/workspace`, and the uid that owns it. */
export interface Workspace {
  readonly folder: string;
  /** Lets go of it; the files stay. */
  close(): Promise<void>;
}

/** A workspace that is being opened. Its uid is known before. */
export interface OpeningWorkspace<Kind extends Workspace = Workspace> {
  readonly uid: number;
  /** Whether it is being made, and nobody's files are in it. */
  readonly isNew: boolean;
  /** Rejects with `sandbox_start_failed`. */
  readonly opened: Promise<Kind>;
}

/** An empty workspace that no sandbox has yet. */
export interface BlankWorkspace extends Workspace {
  /** Makes it the workspace of a sandbox that has none. Rejects with `sandbox_start_failed`, also where it has one that another host has just made. */
  claim(sandboxId: string): Promise<void>;
  /** Removes it, when nobody claimed it. */
  discard(): Promise<void>;
}

/** The workspaces of a data folder, by sandbox id. Each has a uid of its own for as long as it exists. */
export interface Workspaces extends AsyncDisposable {
  /** The workspace of a sandbox, made if it is new. Throws `sandbox_start_failed`, or `too_many_sandboxes` when every uid is taken. */
  open(sandboxId: string): Promise<OpeningWorkspace>;
  /** A new one without a name. Throws as {@link open}. */
  openBlank(): OpeningWorkspace<BlankWorkspace>;
  /** True when the sandbox has files. */
  has(sandboxId: string): Promise<boolean>;
  /** Says how much the files of a sandbox take, where nothing limits that; rejects when it was not measured before the signal. */
  measure?(sandboxId: string, signal: AbortSignal): Promise<FolderUsage>;
  /** Removes a workspace that is not open, and everything in it. */
  remove(sandboxId: string): Promise<void>;
}

/** Throws `sandbox_start_failed` when the files of a sandbox are at `path`, where a host with the other setting for sizes keeps them. */
export async function assertNotKeptAt(path: string, sandboxId: string, hint: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) === undefined) return;
  throw new SandboxError('sandbox_start_failed', {
    message: `the workspace of sandbox ${sandboxId} was made ${hint}`,
    hint: `start the host ${hint} to use it, or remove ${path}`,
  });
}

/** What is told where a sandbox gets no workspace, a new one or a blank one. */
export function toMakeError(sandboxId: string, cause: Error): SandboxError {
  return new SandboxError('sandbox_start_failed', {
    message: `the workspace of sandbox ${sandboxId} could not be made: ${cause.message}`,
    cause,
  });
}

/** How the names of a host's blank workspaces begin; no sandbox id begins like this. */
export function toBlankPrefix(slot: number): string {
  return `.blank-${slot}-`;
}
