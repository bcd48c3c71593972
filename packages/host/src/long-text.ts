import { isAscii } from 'node:buffer';

/** How long text may be that is not long, in units of UTF-16. */
export const shortLength = 16 * 1024;

/**
 * A long text of a kernel, in the UTF-8 in which it came. To make a string of it, JSON of that, an event around that and bytes again is four times its
 * length in garbage, and takes most of the time that text takes in the host.
 */
export class LongText {
  readonly bytes: Buffer;
  /** That of the string (in units of UTF-16). */
  readonly length: number;

  private constructor(bytes: Buffer, length: number) {
    this.bytes = bytes;
    this.length = length;
  }

  /** The text of `bytes`, which are valid UTF-8, as one that is long where it is. */
  static from(bytes: Buffer): string | LongText {
    if (bytes.length <= shortLength) return bytes.toString();
    const length = isAscii(bytes) ? bytes.length : countUnits(bytes);
    return length > shortLength ? new LongText(bytes, length) : bytes.toString();
  }

  /** The same with `text`, which is well-formed, before it. */
  after(text: string): LongText {
    if (text === '') return this;
    return new LongText(Buffer.concat([Buffer.from(text), this.bytes]), text.length + this.length);
  }
}

/** How long the string is that valid UTF-8 stands for: each character begins with a byte that continues none, and one of four bytes is two units. */
function countUnits(bytes: Uint8Array): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wordsEnd = bytes.length - 3;
  let units = bytes.length;
  let at = 0;
  for (; at < wordsEnd; at += 4) {
    const word = words.getInt32(at, true);
    if ((word & 0x80808080) !== 0)
      units += countTops(word & (word << 1) & (word << 2) & (word << 3)) - countTops(word & ~(word << 1));
  }
  for (; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte >= 0xf0) units++;
    if ((byte & 0xc0) === 0x80) units--;
  }
  return units;
}

/** In how many of the four bytes of a word the highest bit is set. */
function countTops(word: number): number {
  return Math.imul((word >>> 7) & 0x01010101, 0x01010101) >>> 24;
}
