// What JSON makes of text, byte by byte and without a string of it: exactly what `JSON.stringify` makes of the same text between its quotes.

const backslash = 0x5c;
const zero = 0x30;
const hexDigits = Buffer.from('0123456789abcdef');

/** For each byte the letter of its escape: `u` for those of four digits, 0 for what stands for itself. All that JSON escapes is ASCII. */
const letters = new Uint8Array(256).fill(0x75, 0, 0x20);
const ownLetters = { '\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r', '"': '"', '\\': '\\' };
for (const [character, letter] of Object.entries(ownLetters)) letters[character.charCodeAt(0)] = letter.charCodeAt(0);

/** How many bytes more the escape of each byte has. */
const extras = letters.map((letter) => (letter === 0 ? 0 : letter === 0x75 ? 5 : 1));

/**
 * Which of the four bytes of a word have an escape, each by its highest bit: those below 0x20 and the quote, which together are those below 0x21 when the bit
 * that tells a quote from a space is turned over, and the backslash. Only the lowest of the bits is sure: what is above may have lent to it.
 */
function findEscapes(word: number): number {
  const low = word ^ 0x02020202;
  const slashes = word ^ 0x5c5c5c5c;
  return (((low - 0x21212121) & ~low) | ((slashes - 0x01010101) & ~slashes)) & 0x80808080;
}

/** How many bytes are below the lowest of the bits that {@link findEscapes} has found. */
function countBelow(found: number): number {
  return (31 - Math.clz32(found & -found)) >>> 3;
}

/** How many bytes `text` has as JSON, without the quotes around it. */
export function measureJsonText(text: Uint8Array): number {
  const words = new DataView(text.buffer, text.byteOffset, text.length);
  const wordsEnd = text.length - 3;
  let length = text.length;
  let at = 0;
  while (at < wordsEnd) {
    const found = findEscapes(words.getInt32(at, true));
    if (found === 0) at += 4;
    else {
      at += countBelow(found);
      length += extras[text[at] as number] as number;
      at++;
    }
  }
  for (; at < text.length; at++) length += extras[text[at] as number] as number;
  return length;
}

/** Writes `text` as JSON into `target`, from `start` on, where there must be room for all of it. */
export function writeJsonText(text: Uint8Array, target: Uint8Array, start: number): void {
  const words = new DataView(text.buffer, text.byteOffset, text.length);
  const targetWords = new DataView(target.buffer, target.byteOffset, target.length);
  const wordsEnd = text.length - 3;
  let to = start;
  let at = 0;
  while (at < wordsEnd) {
    const word = words.getInt32(at, true);
    const found = findEscapes(word);
    if (found === 0) {
      targetWords.setInt32(to, word, true);
      at += 4;
      to += 4;
    } else {
      for (let left = countBelow(found); left > 0; left--) target[to++] = text[at++] as number;
      to = writeByte(text[at++] as number, target, to);
    }
  }
  for (; at < text.length; at++) to = writeByte(text[at] as number, target, to);
}

/** Where the next byte comes. */
function writeByte(byte: number, target: Uint8Array, to: number): number {
  const letter = letters[byte] as number;
  if (letter === 0) {
    target[to] = byte;
    return to + 1;
  }
  target[to] = backslash;
  target[to + 1] = letter;
  if (letter !== 0x75) return to + 2;
  target[to + 2] = target[to + 3] = zero;
  target[to + 4] = hexDigits[byte >> 4] as number;
  target[to + 5] = hexDigits[byte & 15] as number;
  return to + 6;
}
