import { SandboxError, archiveUnpackedSchema, fileInfoSchema, filePlaceSchema } from '@quicksand/protocol';
import type { z } from 'zod';
import type { Connection } from './connection.ts';
import { nothing } from './contexts.ts';
import { assertNoSession, succeeded } from './file-options.ts';
import { assertKnown } from './known-options.ts';
import { parseAnswer, requestJson } from './request-json.ts';
import { takeBody } from './take-body.ts';

/** Options of `mkdir`. */
export interface MkdirOptions {
  /** Also the folders above it; one that is there is no error then. Default false. */
  recursive?: boolean;
  /** Not supported. */
  sessionId?: string;
}

/** What `mkdir` has done. */
export interface MkdirResult {
  success: boolean;
  path: string;
  recursive: boolean;
  timestamp: string;
  exitCode?: number;
}

/** What `deleteFile` has done. */
export interface DeleteFileResult {
  success: boolean;
  path: string;
  timestamp: string;
  exitCode?: number;
}

/** What `renameFile` or `moveFile` has done. */
export interface MoveFileResult extends DeleteFileResult {
  newPath: string;
}

/** What `exists` has found. */
export interface FileExistsResult {
  success: boolean;
  path: string;
  exists: boolean;
  timestamp: string;
}

/** What `writeArchive` has unpacked. */
export type UnpackedArchive = z.infer<typeof archiveUnpackedSchema>;

/** See `SandboxFiles.mkdir`. */
export async function mkdir(connection: Connection, path: string, options: MkdirOptions = {}): Promise<MkdirResult> {
  assertKnown('mkdir', options, ['recursive', 'sessionId']);
  const { recursive = false, sessionId } = options;
  assertNoSession(sessionId);
  await requestJson(connection, 'mkdir', { body: { path, recursive }, parser: filePlaceSchema });
  return { ...succeeded(path), recursive };
}

/** See `SandboxFiles.deleteFile`. */
export async function deleteFile(connection: Connection, path: string, sessionId?: string): Promise<DeleteFileResult> {
  assertNoSession(sessionId);
  await requestJson(connection, 'deleteFile', { query: { path }, parser: nothing });
  return succeeded(path);
}

/** See `SandboxFiles.moveFile`. */
export async function moveFile(
  connection: Connection,
  from: string,
  to: string,
  sessionId?: string,
): Promise<MoveFileResult> {
  assertNoSession(sessionId);
  await requestJson(connection, 'moveFile', { body: { from, to }, parser: filePlaceSchema });
  return { ...succeeded(from), newPath: to };
}

const leadsNowhere: readonly string[] = ['file_not_found', 'not_a_directory', 'link_loop', 'name_too_long'];

/** See `SandboxFiles.exists`. */
export async function exists(connection: Connection, path: string, sessionId?: string): Promise<FileExistsResult> {
  assertNoSession(sessionId);
  try {
    await requestJson(connection, 'statFile', { query: { path }, parser: fileInfoSchema });
    return { ...succeeded(path), exists: true };
  } catch (error) {
    if (!SandboxError.is(error) || !leadsNowhere.includes(error.code)) throw error;
    return { ...succeeded(path), exists: false };
  }
}

/** See `SandboxFiles.readArchive`. */
export async function readArchive(connection: Connection, path: string): Promise<ReadableStream<Uint8Array>> {
  return takeBody(await connection.send('readArchive', { query: { path } }));
}

/** See `SandboxFiles.writeArchive`. */
export async function writeArchive(
  connection: Connection,
  path: string,
  archive: ReadableStream<Uint8Array>,
): Promise<UnpackedArchive> {
  const response = await connection.send('writeArchive', { query: { path }, upload: archive });
  return parseAnswer(connection, response, archiveUnpackedSchema);
}
