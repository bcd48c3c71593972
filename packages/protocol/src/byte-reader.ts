/**
 * How many bytes a Worker asks for: few where it may have to wait for them, since each stream that waits holds as much of its memory, and many behind a
 * piece that was full.
 */
const fewBytes = 4096;
const manyBytes = 65_536;

/** Reads a stream of bytes in pieces, as they come. */
export interface ByteReader {
  read(): Promise<ByteRead>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

/** A piece, or the end. */
export type ByteRead =
  | { readonly done: false; readonly value: Uint8Array<ArrayBuffer> }
  | { readonly done: true; readonly value?: undefined };

/**
 * Opens a stream for reading. The Workers runtime gives a reader that names no buffer 4 KiB of a body at a time, however much has come, and each piece
 * costs a Worker more of its processor time than the bytes in it.
 */
export function openByteReader(stream: ReadableStream<Uint8Array>): ByteReader {
  const reader = globalThis.navigator?.userAgent === 'Cloudflare-Workers' ? openBufferReader(stream) : undefined;
  return reader ?? (stream.getReader() as ByteReader);
}

/** Undefined for a stream that fills no buffers, as those that programs make. */
function openBufferReader(stream: ReadableStream<Uint8Array>): ByteReader | undefined {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: 'byob' });
  } catch (error) {
    if (stream.locked || !(error instanceof TypeError)) throw error;
    return undefined;
  }
  // A reader keeps the one that it is given, and gives it back with what it has read.
  let buffer: ArrayBuffer | undefined;
  let length = fewBytes;
  return {
    async read() {
      const asked = new Uint8Array(buffer?.byteLength === length ? buffer : new ArrayBuffer(length));
      buffer = undefined;
      const { done, value } = await reader.read(asked);
      if (done) return { done };
      buffer = value.buffer;
      length = value.length < fewBytes ? fewBytes : manyBytes;
      // Whoever keeps a piece of a few bytes keeps no more than those.
      return { done, value: value.slice() };
    },
    cancel: (reason) => reader.cancel(reason),
    releaseLock: () => reader.releaseLock(),
  };
}
