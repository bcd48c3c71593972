import { type ByteReader, SandboxError, encodeSSE, openByteReader, parseSSEStream } from '@quicksand/protocol';
import { decodeBase64, encodeBase64 } from './base64.ts';
import type { Connection } from './connection.ts';
import { assertNoSession } from './file-options.ts';
import { isText } from './is-text.ts';
import { assertKnown } from './known-options.ts';
import { type OpenedFile, openFile } from './read-file.ts';

/** What a file is, as far as it is known before it has been read. */
export interface FileMetadata {
  mimeType: string;
  size: number;
  isBinary: boolean;
  encoding: 'utf-8' | 'base64';
}

/** An event of `readFileStream`. The last is `complete` or `error`. */
export type FileStreamEvent =
  | ({ type: 'metadata' } & FileMetadata)
  | { type: 'chunk'; data: string }
  | { type: 'complete'; bytesRead: number }
  | { type: 'error'; error: string };

/** A piece of a file: text, or bytes where the file is binary. */
export type FileChunk = string | Uint8Array;

/** How many bytes tell whether a file is text. */
const sampleBytes = 4096;

/** See `SandboxFiles.readFileStream`. */
export async function readFileStream(
  connection: Connection,
  path: string,
  options: { sessionId?: string } = {},
): Promise<ReadableStream<Uint8Array>> {
  assertKnown('readFileStream', options, ['sessionId']);
  assertNoSession(options.sessionId);
  const { body, ...file } = await openFile(connection, path);
  const reader = openByteReader(body);
  const events = toEvents(reader, file);
  let id = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await events.next();
        if (done) controller.close();
        else controller.enqueue(encodeSSE(++id, value));
      },
      // Not by the generator: one that has not begun would not hear of it.
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/**
 * The pieces of a file that comes as `readFileStream` gives it; what it returns is what the file is. Rejects with `stream_cut` when it breaks off.
 *
 * @example
 * for await (const piece of streamFile(await sandbox.readFileStream('data.csv'))) console.log(piece.length)
 */
export async function* streamFile(stream: ReadableStream<Uint8Array>): AsyncGenerator<FileChunk, FileMetadata> {
  let metadata: FileMetadata | undefined;
  for await (const event of parseSSEStream<FileStreamEvent>(stream)) {
    if (event.type === 'metadata') {
      const { type: _, ...rest } = event;
      metadata = rest;
    } else if (event.type === 'error' || !metadata) throw cutOff(event.type === 'error' ? event.error : undefined);
    else if (event.type === 'complete') return metadata;
    else yield metadata.encoding === 'base64' ? decodeBase64(event.data) : event.data;
  }
  throw cutOff(undefined);
}

/**
 * The whole of a file that comes as `readFileStream` gives it. Rejects with `stream_cut` when it breaks off.
 *
 * @example
 * const { content, metadata } = await collectFile(await sandbox.readFileStream('plot.png'))
 */
export async function collectFile(
  stream: ReadableStream<Uint8Array>,
): Promise<{ content: string | Uint8Array; metadata: FileMetadata }> {
  const pieces: FileChunk[] = [];
  const file = streamFile(stream);
  for (;;) {
    const { done, value } = await file.next();
    if (!done) pieces.push(value);
    else if (value.encoding === 'utf-8') return { content: pieces.join(''), metadata: value };
    else return { content: new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()), metadata: value };
  }
}

async function* toEvents(
  reader: ByteReader,
  { size, mimeType }: Omit<OpenedFile, 'body'>,
): AsyncGenerator<FileStreamEvent, void, undefined> {
  let bytesRead = 0;
  try {
    const { sample, isAll } = await readSample(reader);
    const isBinary = !isText(sample, !isAll);
    const encoding = isBinary ? 'base64' : 'utf-8';
    yield { type: 'metadata', mimeType, size: size ?? 0, isBinary, encoding };
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true }); // as `readFile` has it
    const toData = (bytes?: Uint8Array): string =>
      isBinary ? encodeBase64(bytes ?? new Uint8Array()) : decoder.decode(bytes, { stream: bytes !== undefined });
    for (let piece: Uint8Array | undefined = sample; piece; piece = isAll ? undefined : (await reader.read()).value) {
      bytesRead += piece.length;
      const data = toData(piece);
      if (data !== '') yield { type: 'chunk', data };
    }
    const rest = toData();
    if (rest !== '') yield { type: 'chunk', data: rest };
    yield { type: 'complete', bytesRead };
  } catch (error) {
    yield { type: 'error', error: error instanceof Error ? error.message : String(error) };
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** The first bytes, as many as tell what it is. */
async function readSample(reader: ByteReader): Promise<{ sample: Uint8Array; isAll: boolean }> {
  let sample = new Uint8Array();
  while (sample.length < sampleBytes) {
    const { done, value } = await reader.read();
    if (done) return { sample, isAll: true };
    const longer = new Uint8Array(sample.length + value.length);
    longer.set(sample);
    longer.set(value, sample.length);
    sample = longer;
  }
  return { sample, isAll: false };
}

function cutOff(reason: string | undefined): SandboxError {
  return new SandboxError('stream_cut', {
    message: `the file broke off before its end${reason === undefined ? '' : `: ${reason}`}`,
    hint: 'read it again',
  });
}
