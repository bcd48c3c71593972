import { SandboxError, openByteReader } from '@quicksand/protocol';
import type { Connection } from './connection.ts';
import { encodeBase64 } from './base64.ts';
import { type FileEncoding, assertNoSession, succeeded, toEncoding } from './file-options.ts';
import { isText } from './is-text.ts';
import { assertKnown } from './known-options.ts';
import { takeBody } from './take-body.ts';

/** What `readFile` has read. */
export interface ReadFileResult {
  success: boolean;
  path: string;
  content: string;
  timestamp: string;
  exitCode?: number;
  /** What `content` is: the text, or base64 of the bytes. */
  encoding?: 'utf-8' | 'base64';
  /** True for what is not UTF-8 text. */
  isBinary?: boolean;
  mimeType?: string;
  /** Length of the file in bytes. */
  size?: number;
}

/** What `readFile` gives with the encoding `'none'`. */
export interface ReadFileStreamResult {
  success: true;
  path: string;
  /** The bytes, as they come. It errors when the connection breaks. */
  content: ReadableStream<Uint8Array>;
  size: number;
  mimeType: string;
  timestamp: string;
}

/** Options of `readFile`. */
export interface ReadFileOptions<Encoding extends FileEncoding = Exclude<FileEncoding, 'none'>> {
  /** Default: text where the file is text, else base64. */
  encoding?: Encoding;
  /** Not supported. */
  sessionId?: string;
}

/** A byte order mark is text of the file: who writes back what was read must not lose it. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The longest file that comes as one string. Code of the sandbox can make one of any length in no time; what reads it may be the host's own process. */
const maxBytes = 256 * 1024 * 1024;

/** A file that is open for reading. */
export interface OpenedFile {
  readonly body: ReadableStream<Uint8Array>;
  /** Undefined for a file whose length nobody knows before its end. */
  readonly size: number | undefined;
  readonly mimeType: string;
}

/** Opens a file. Rejects as {@link Connection.send} does. */
export async function openFile(connection: Connection, path: string): Promise<OpenedFile> {
  const response = await connection.send('readFile', { query: { path } });
  const length = response.headers.get('Content-Length');
  const [mimeType = 'application/octet-stream'] = (response.headers.get('Content-Type') ?? '').split(';');
  return { body: takeBody(response), size: length === null ? undefined : Number(length), mimeType };
}

/** See `SandboxFiles.readFile`. */
export async function readFile(
  connection: Connection,
  path: string,
  options: ReadFileOptions<FileEncoding> = {},
): Promise<ReadFileResult | ReadFileStreamResult> {
  assertKnown('readFile', options, ['encoding', 'sessionId']);
  assertNoSession(options.sessionId);
  const wanted = toEncoding(options.encoding, ['utf-8', 'base64', 'none'] as const);
  const file = await openFile(connection, path);
  const { body, size, mimeType } = file;
  if (wanted === 'none') return { ...succeeded(path), content: body, size: size ?? 0, mimeType };
  const bytes = await readBytes(connection, path, file);
  const isBinary = !isText(bytes);
  const encoding = wanted ?? (isBinary ? 'base64' : 'utf-8');
  const content = encoding === 'base64' ? encodeBase64(bytes) : decoder.decode(bytes);
  return { ...succeeded(path), content, encoding, isBinary, mimeType, size: bytes.length };
}

async function readBytes(
  connection: Connection,
  path: string,
  { body, size = 0 }: OpenedFile,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = openByteReader(body);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const refuse = async (): Promise<never> => {
    await reader.cancel().catch(() => {});
    throw tooLarge(path);
  };
  if (size > maxBytes) return refuse();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw toCutError(connection, path, cause);
    });
    if (done) return new Uint8Array(await new Blob(pieces).arrayBuffer());
    // What is said of the length need not be so.
    length += value.length;
    if (length > maxBytes) return refuse();
    pieces.push(value);
  }
}

function toCutError(connection: Connection, path: string, cause: unknown): SandboxError {
  return new SandboxError('stream_cut', {
    message: `${path} broke off before its end: ${connection.name} closed the connection`,
    hint: 'read it again; a file that becomes shorter meanwhile cannot be read whole',
    details: { path },
    cause,
  });
}

function tooLarge(path: string): SandboxError {
  return new SandboxError('file_too_large', {
    message: `${path} has more than ${maxBytes} bytes, too many for one string`,
    hint: "read it as a stream: {encoding: 'none'}",
    details: { path, limit: maxBytes },
  });
}
