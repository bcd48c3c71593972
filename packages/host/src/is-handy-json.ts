/** How deep JSON of a kernel may be nested, and how many bytes of it may be outside of strings. */
export const jsonLimits = { levels: 256, structureBytes: 8 * 1024 * 1024 } as const;

const quote = 0x22;
const [backslash, openBracket, closeBracket, openBrace, closeBrace] = Buffer.from('\\[]{}');

/**
 * False for JSON that would hurt whoever works on it: nested so deep that walking it overflows the stack, or of so many values that it holds up
 * everybody else. Judges bytes, before anything is made of them; what is no JSON at all may get either answer.
 */
export function isHandyJson(payload: Uint8Array): boolean {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  let depth = 0;
  let structure = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) at = findStringEnd(bytes, at + 1);
    else if (++structure > jsonLimits.structureBytes) return false;
    else if (byte === openBracket || byte === openBrace) {
      if (++depth > jsonLimits.levels) return false;
    } else if (byte === closeBracket || byte === closeBrace) depth--;
  }
  return true;
}

/** Where the quote is that ends a string; the length where none does. */
function findStringEnd(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(quote, start); end >= 0; end = bytes.indexOf(quote, end + 1)) {
    let escapes = 0;
    while (end - escapes > start && bytes[end - escapes - 1] === backslash) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return bytes.length;
}
