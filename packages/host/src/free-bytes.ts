/** Less is not worth it. */
const leastBytes = 16 * 1024;

/**
 * Gives memory back now that nobody needs any more: V8 would look for it together with all other garbage, and the more often the more passes through.
 * The bytes are none then. Memory that they do not fill is left to V8: others may have the rest of it.
 */
export function freeBytes({ buffer, length }: Uint8Array): void {
  if (length >= leastBytes && length === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
