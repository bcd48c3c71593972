/** Text of a limited length, which says that it was cut. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

type Slice = (this: Uint8Array) => string;
const from = Buffer.from.bind(Buffer) as (text: string, encoding: BufferEncoding) => Buffer;
const utf8 = Reflect.get(Buffer.prototype, 'utf8Slice') as Slice;
const base64 = Reflect.get(Buffer.prototype, 'base64Slice') as Slice;

/** The bytes of a text. They are no `Buffer`, whose methods code of the user may change. */
export function toBytes(text: string, encoding: BufferEncoding = 'utf8'): Uint8Array {
  const { buffer, byteOffset, length } = from(text, encoding);
  return new Uint8Array(buffer, byteOffset, length);
}

/** Bytes as text. */
export function toText(bytes: Uint8Array, encoding: 'utf8' | 'base64' = 'utf8'): string {
  return Reflect.apply(encoding === 'utf8' ? utf8 : base64, bytes, []);
}

/** UTF-8 in pieces of at most `most` bytes, never cut inside a character (R5). The first is there before the rest is encoded. */
export function* toPieces(text: string, most: number = 64 * 1024): Generator<Uint8Array, void, undefined> {
  for (let from = 0; from < text.length;) {
    // Both halves of a surrogate pair go together.
    const isPair = text.codePointAt(from + most - 1) !== text.charCodeAt(from + most - 1);
    const to = from + most - (isPair ? 1 : 0);
    yield* cutBytes(toBytes(text.slice(from, to)), most);
    from = to;
  }
}

function* cutBytes(bytes: Uint8Array, most: number): Generator<Uint8Array, void, undefined> {
  let at = 0;
  while (bytes.length - at > most) {
    let end = at + most;
    while (((bytes[end] as number) & 0xc0) === 0x80) end--;
    yield bytes.subarray(at, end);
    at = end;
  }
  yield bytes.subarray(at);
}
