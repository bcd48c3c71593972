import { SandboxError } from '@quicksand/protocol';

/** How many bytes become characters in one go: `String.fromCharCode` takes no more arguments. */
const stepBytes = 0x2000;

/** Bytes as base64. */
export function encodeBase64(bytes: Uint8Array): string {
  let characters = '';
  for (let at = 0; at < bytes.length; at += stepBytes)
    // Not spread: that asks an iterator for each byte, and is ten times as slow.
    characters += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + stepBytes)) as string;
  return btoa(characters);
}

/** The bytes of base64. Throws `invalid_request` for what is none. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    if (!/^[A-Za-z0-9+/=]*$/.test(text)) throw new Error('characters that base64 does not have');
    const characters = atob(text);
    const bytes = new Uint8Array(characters.length);
    for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
    return bytes;
  } catch (cause) {
    throw new SandboxError('invalid_request', {
      message: 'the content is not base64',
      hint: 'base64 has the characters A-Z a-z 0-9 + / and = at its end, and no line breaks',
      cause,
    });
  }
}
