import { type FileInfo, SandboxError, fileListSchema } from '@quicksand/protocol';
import type { Connection } from './connection.ts';
import { assertNoSession, succeeded } from './file-options.ts';
import { assertKnown } from './known-options.ts';
import { requestJson } from './request-json.ts';

/** Options of `listFiles`. */
export interface ListFilesOptions {
  /** Also what is below its folders. Default false. */
  recursive?: boolean;
  /** Also what has a name that begins with a dot, and what is below that. Default false. */
  includeHidden?: boolean;
  /** Not supported. */
  sessionId?: string;
}

/** What is in a folder. */
export interface ListFilesResult {
  success: boolean;
  path: string;
  files: FileInfo[];
  count: number;
  timestamp: string;
  exitCode?: number;
  /** Beyond Cloudflare's API: how many folders and entries could not be looked at, where there are some: what is in them is not listed. */
  unreadable?: number;
}

/** How many entries are listed: code of the sandbox may make new ones for ever. */
const maxEntries = 1_000_000;

/** Lists a folder, page by page. See `SandboxFiles.listFiles`. */
export async function listFiles(
  connection: Connection,
  path: string,
  options: ListFilesOptions = {},
): Promise<ListFilesResult> {
  assertKnown('listFiles', options, ['recursive', 'includeHidden', 'sessionId']);
  const { recursive = false, includeHidden = false, sessionId } = options;
  assertNoSession(sessionId);
  const query = { path, recursive: String(recursive), hidden: String(includeHidden) };
  const files: FileInfo[] = [];
  let after: string | undefined;
  let unreadable = 0;
  do {
    const page = await requestJson(connection, 'listFiles', {
      query: { ...query, ...(after !== undefined && { after }) },
      parser: fileListSchema,
    });
    for (const file of page.files) files.push(file);
    after = page.next;
    unreadable += page.unreadable;
    if (files.length > maxEntries) throw tooMany(path);
  } while (after !== undefined);
  return { ...succeeded(path), files, count: files.length, ...(unreadable > 0 && { unreadable }) };
}

function tooMany(path: string): SandboxError {
  return new SandboxError('file_operation_failed', {
    message: `${path} has more than ${maxEntries} entries`,
    hint: 'list its folders one by one',
    details: { path, limit: maxEntries },
  });
}
