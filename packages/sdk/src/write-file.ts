import { SandboxError, fileWrittenSchema } from '@quicksand/protocol';
import { decodeBase64 } from './base64.ts';
import type { Connection } from './connection.ts';
import { assertNoSession, succeeded, toEncoding } from './file-options.ts';
import { assertKnown } from './known-options.ts';
import { parseAnswer } from './request-json.ts';

/** Options of `writeFile`. */
export interface WriteFileOptions {
  /** What a string is: `'utf-8'`, the default, or `'base64'`. */
  encoding?: string;
  /** Not supported. */
  sessionId?: string;
  /** Beyond Cloudflare's API: aborting it breaks the upload off, and the file stays as it was. */
  signal?: AbortSignal;
}

/** What `writeFile` has done. */
export interface WriteFileResult {
  success: boolean;
  path: string;
  timestamp: string;
  exitCode?: number;
  /** Length of the file in bytes. */
  bytesWritten?: number;
}

/** Writes a file. See `SandboxFiles.writeFile`. */
export async function writeFile(
  connection: Connection,
  path: string,
  content: string | ReadableStream<Uint8Array>,
  options: WriteFileOptions = {},
): Promise<WriteFileResult> {
  assertKnown('writeFile', options, ['encoding', 'sessionId', 'signal']);
  assertNoSession(options.sessionId);
  const encoding = toEncoding(options.encoding, ['utf-8', 'base64'] as const) ?? 'utf-8';
  assertContent(content);
  if (typeof content !== 'string' && encoding === 'base64') {
    throw new SandboxError('invalid_request', {
      message: 'a stream of bytes has no encoding',
      hint: 'leave the encoding out, and stream the bytes themselves',
    });
  }
  const upload = typeof content === 'string' && encoding === 'base64' ? decodeBase64(content) : unshare(content);
  const { signal } = options;
  const response = await connection.send('writeFile', { query: { path }, upload, signal });
  const { size } = await parseAnswer(connection, response, fileWrittenSchema);
  return { ...succeeded(path), bytesWritten: size };
}

/** Bytes that other threads can change would be sent as the text of their numbers. */
function unshare<T>(content: T): T | Uint8Array<ArrayBuffer> {
  if (!ArrayBuffer.isView(content) || content.buffer instanceof ArrayBuffer) return content;
  return Uint8Array.from(new Uint8Array(content.buffer, content.byteOffset, content.byteLength));
}

/** What is neither text nor bytes, such as a value that is missing, would be sent as nothing or as `[object Object]`, and the old content would be lost. */
function assertContent(content: unknown): void {
  if (typeof content === 'string' || ArrayBuffer.isView(content)) return;
  if ([ReadableStream, Blob, ArrayBuffer].some((type) => content instanceof type)) return;
  if (typeof content === 'object' && content !== null && Symbol.asyncIterator in content) return;
  throw new SandboxError('invalid_request', {
    message: `the content is neither text nor bytes: ${content === null ? 'null' : typeof content}`,
    hint: 'give a string, or a stream of bytes; JSON.stringify makes text of data',
  });
}
