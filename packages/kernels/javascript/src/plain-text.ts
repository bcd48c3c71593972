/** Text of a limited length, which says that it was cut. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

/** The real one: what user code makes of `Buffer` is nothing to us. */
export const toBytes = Buffer.from.bind(Buffer) as (given: string | Uint8Array, encoding?: BufferEncoding) => Buffer;

/** UTF-8 in pieces of at most `most` bytes, never cut inside a character (R5). The first is there before the rest is encoded. */
export function* toPieces(text: string, most: number = 64 * 1024): Generator<Buffer, void, undefined> {
  for (let from = 0; from < text.length;) {
    // Both halves of a surrogate pair go together.
    const isPair = text.codePointAt(from + most - 1) !== text.charCodeAt(from + most - 1);
    const to = from + most - (isPair ? 1 : 0);
    yield* cutBytes(toBytes(text.slice(from, to)), most);
    from = to;
  }
}

function* cutBytes(bytes: Buffer, most: number): Generator<Buffer, void, undefined> {
  let at = 0;
  while (bytes.length - at > most) {
    let end = at + most;
    while (((bytes[end] as number) & 0xc0) === 0x80) end--;
    yield bytes.subarray(at, end);
    at = end;
  }
  yield bytes.subarray(at);
}
