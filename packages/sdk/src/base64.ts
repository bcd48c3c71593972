import { SandboxError } from '@quicksand/protocol';

/** How many bytes become characters in one go: `String.fromCharCode` takes no more arguments. */
const stepBytes = 0x8000;

/** Bytes as base64. */
export function encodeBase64(bytes: Uint8Array): string {
  let characters = '';
  for (let at = 0; at < bytes.length; at += stepBytes)
    characters += String.fromCharCode(...bytes.subarray(at, at + stepBytes));
  return btoa(characters);
}

/** The bytes of base64. Throws `invalid_request` for what is none. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    if (!/^[A-Za-z0-9+/=]*$/.test(text)) throw new Error('characters that base64 does not have');
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new SandboxError('invalid_request', {
      message: 'the content is not base64',
      hint: 'base64 has the characters A-Z a-z 0-9 + / and = at its end, and no line breaks',
      cause,
    });
  }
}
