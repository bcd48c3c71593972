import type { Connection } from './connection.ts';
import type { FileEncoding } from './file-options.ts';
import {
  type DeleteFileResult,
  type FileExistsResult,
  type MkdirOptions,
  type MkdirResult,
  type MoveFileResult,
  type UnpackedArchive,
  deleteFile,
  exists,
  mkdir,
  moveFile,
  readArchive,
  writeArchive,
} from './file-requests.ts';
import { readFileStream } from './file-stream.ts';
import { type ListFilesOptions, type ListFilesResult, listFiles } from './list-files.ts';
import { type ReadFileOptions, type ReadFileResult, type ReadFileStreamResult, readFile } from './read-file.ts';
import { type WriteFileOptions, type WriteFileResult, writeFile } from './write-file.ts';

/**
 * Files of a sandbox. A path that does not begin with `/` begins at `/workspace`. Every method rejects with a `SandboxError`; what the code in the sandbox
 * may not do is `permission_denied` here, too.
 */
export interface SandboxFiles {
  /**
   * Writes a file, at once and whole: one that was there is as it was until then, and stays so when this fails. Missing folders are made. A stream may
   * have any length. Rejects with `disk_full`, `is_directory`, `not_regular`, `upload_cut`.
   *
   * @example
   * await sandbox.writeFile('data/in.csv', 'a,b\n1,2\n')
   * await sandbox.writeFile('big.bin', response.body)
   */
  writeFile(
    path: string,
    content: string | ReadableStream<Uint8Array>,
    options?: WriteFileOptions,
  ): Promise<WriteFileResult>;
  /**
   * Reads a file: text as text, and what is none as base64, unless `encoding` says otherwise; `'none'` gives its bytes as a stream. Rejects with
   * `file_not_found`, `is_directory`, `not_regular`, and, for more than 256 MiB that are not to come as a stream, `file_too_large`.
   *
   * @example
   * const { content, mimeType } = await sandbox.readFile('report.txt')
   * const { content: stream } = await sandbox.readFile('big.bin', { encoding: 'none' })
   */
  readFile(path: string, options: ReadFileOptions<'none'> & { encoding: 'none' }): Promise<ReadFileStreamResult>;
  readFile(path: string, options?: ReadFileOptions): Promise<ReadFileResult>;
  /** Reads a file as Server-Sent Events, for `streamFile` and `collectFile`. Rejects as `readFile` does. */
  readFileStream(path: string, options?: { sessionId?: string }): Promise<ReadableStream<Uint8Array>>;
  /** Lists a folder; links are told as links. Rejects with `file_not_found`, `not_a_directory`. */
  listFiles(path: string, options?: ListFilesOptions): Promise<ListFilesResult>;
  /** Makes a folder. Rejects with `file_exists`, and without `recursive` with `file_not_found` where the one above it is missing. */
  mkdir(path: string, options?: MkdirOptions): Promise<MkdirResult>;
  /** Says whether a path leads to something; a link that leads nowhere does not. */
  exists(path: string, sessionId?: string): Promise<FileExistsResult>;
  /** Deletes a file or a link. Rejects with `is_directory`: a command can remove a folder. */
  deleteFile(path: string, sessionId?: string): Promise<DeleteFileResult>;
  /** The same as `moveFile`. */
  renameFile(oldPath: string, newPath: string, sessionId?: string): Promise<MoveFileResult>;
  /** Moves or renames a file or a folder. A folder as destination takes it in; a file is replaced. Rejects with `file_not_found`. */
  moveFile(sourcePath: string, destinationPath: string, sessionId?: string): Promise<MoveFileResult>;
  /** Beyond Cloudflare's API: a folder as a tar stream. Rejects with `permission_denied` when something in it cannot be read. */
  readArchive(path: string): Promise<ReadableStream<Uint8Array>>;
  /** Beyond Cloudflare's API: unpacks a tar stream, compressed or not, into a folder, which is made where it is missing. Rejects with `archive_invalid`. */
  writeArchive(path: string, archive: ReadableStream<Uint8Array>): Promise<UnpackedArchive>;
}

/** Binds the methods of files to a connection. */
export function createSandboxFiles(connection: Connection): SandboxFiles {
  const read = (path: string, options?: ReadFileOptions<FileEncoding>): Promise<never> =>
    readFile(connection, path, options) as Promise<never>;
  return {
    writeFile: (path, content, options) => writeFile(connection, path, content, options),
    readFile: read,
    readFileStream: (path, options) => readFileStream(connection, path, options),
    listFiles: (path, options) => listFiles(connection, path, options),
    mkdir: (path, options) => mkdir(connection, path, options),
    exists: (path, sessionId) => exists(connection, path, sessionId),
    deleteFile: (path, sessionId) => deleteFile(connection, path, sessionId),
    renameFile: (oldPath, newPath, sessionId) => moveFile(connection, oldPath, newPath, sessionId),
    moveFile: (from, to, sessionId) => moveFile(connection, from, to, sessionId),
    readArchive: (path) => readArchive(connection, path),
    writeArchive: (path, archive) => writeArchive(connection, path, archive),
  };
}
