// What JSON makes of text, byte by byte and without a string of it: exactly what `JSON.stringify` makes of the same text between its quotes.

const backslash = 0x5c;
const zero = 0x30;
const hexDigits = Buffer.from('0123456789abcdef');

/** For each byte the letter of its escape: `u` for those of four digits, 0 for what stands for itself. All that JSON escapes is ASCII. */
const letters = new Uint8Array(256).fill(0x75, 0, 0x20);
for (const [character, letter] of Object.entries({
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\f': 'f',
  '\r': 'r',
  '"': '"',
  '\\': '\\',
}))
  letters[character.charCodeAt(0)] = letter.charCodeAt(0);

/** How many bytes more the escape of each byte has. */
const extras = letters.map((letter) => (letter === 0 ? 0 : letter === 0x75 ? 5 : 1));

/**
 * True where one of four bytes has an escape: one that is below 0x20 or a quote, which is the same as below 0x21 when the bit that tells a quote from a space
 * is turned over, or a backslash. A byte below borrows from the one above it in the subtraction, but only where it has an escape itself.
 */
function hasEscape(word: number): boolean {
  const low = word ^ 0x02020202;
  const slashes = word ^ 0x5c5c5c5c;
  return ((((low - 0x21212121) & ~low) | ((slashes - 0x01010101) & ~slashes)) & 0x80808080) !== 0;
}

/** How many bytes `text` has as JSON, without the quotes around it. */
export function measureJsonText(text: Uint8Array): number {
  const words = new DataView(text.buffer, text.byteOffset, text.length);
  const wordsEnd = text.length - 3;
  let length = text.length;
  let at = 0;
  for (; at < wordsEnd; at += 4) {
    if (hasEscape(words.getInt32(at, true))) {
      length += extraAt(text, at) + extraAt(text, at + 1) + extraAt(text, at + 2) + extraAt(text, at + 3);
    }
  }
  for (; at < text.length; at++) length += extraAt(text, at);
  return length;
}

/** Writes `text` as JSON into `target`, from `start` on, where there must be room for all of it. */
export function writeJsonText(text: Uint8Array, target: Uint8Array, start: number): void {
  const words = new DataView(text.buffer, text.byteOffset, text.length);
  const targetWords = new DataView(target.buffer, target.byteOffset, target.length);
  const wordsEnd = text.length - 3;
  let to = start;
  let at = 0;
  for (; at < wordsEnd; at += 4) {
    const word = words.getInt32(at, true);
    if (hasEscape(word)) {
      for (let end = at + 4, next = at; next < end; next++) to = writeByte(text[next] as number, target, to);
    } else {
      targetWords.setInt32(to, word, true);
      to += 4;
    }
  }
  for (; at < text.length; at++) to = writeByte(text[at] as number, target, to);
}

function extraAt(text: Uint8Array, at: number): number {
  return extras[text[at] as number] as number;
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
