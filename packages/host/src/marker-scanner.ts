// Finds end markers in raw output: see "The raw pipes" in docs/kernel-channel.md.

/** What a {@link MarkerScanner} finds, in order: bytes of the program, or the end marker with that sequence. */
export type Scanned = { readonly bytes: Uint8Array } | { readonly marker: number };

const prefix = Buffer.from([0x00, 0x51, 0x53, 0x01]);
const secretLength = 32;

/** Length of an end marker in bytes. */
export const markerLength: number = prefix.length + secretLength + 4 + 1;

/**
 * Takes end markers out of raw output, in whatever pieces it arrives. Bytes that may be the start of a marker are held back until it is
 * clear what they are. Markers of the last two secrets are known: that of an ended execution may still be under way.
 */
export class MarkerScanner {
  #held: Buffer = Buffer.alloc(0);
  #secrets: string[] = [];

  /** Makes the marker of the next execution known: 32 hex digits. */
  expect(secret: string): void {
    this.#secrets = [secret, ...this.#secrets].slice(0, 2);
  }

  /** True while bytes are held back. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** The bytes and markers that `chunk` completes. */
  push(chunk: Uint8Array): Scanned[] {
    const data =
      this.#held.length > 0
        ? Buffer.concat([this.#held, chunk])
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const found: Scanned[] = [];
    let start = 0;
    let from = 0;
    for (;;) {
      const at = data.indexOf(0x00, from);
      if (at < 0) break;
      const verdict = this.#isMarker(data, at);
      if (verdict === 'no') {
        from = at + 1;
        continue;
      }
      if (at > start) found.push({ bytes: data.subarray(start, at) });
      if (verdict === 'unclear') {
        this.#held = Buffer.from(data.subarray(at));
        return found;
      }
      found.push({ marker: data.readUInt32LE(at + prefix.length + secretLength) });
      start = at + markerLength;
      from = start;
    }
    this.#held = Buffer.alloc(0);
    if (start < data.length) found.push({ bytes: data.subarray(start) });
    return found;
  }

  /** The bytes that are still held back; they were no marker. */
  flush(): Uint8Array {
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    return held;
  }

  #isMarker(data: Buffer, at: number): 'yes' | 'no' | 'unclear' {
    const seen = data.subarray(at, at + markerLength);
    const begun = Math.min(seen.length, prefix.length);
    if (!seen.subarray(0, begun).equals(prefix.subarray(0, begun))) return 'no';
    const secret = seen.toString('latin1', prefix.length, prefix.length + secretLength);
    if (!this.#secrets.some((known) => known.startsWith(secret))) return 'no';
    if (seen.length < markerLength) return 'unclear';
    return seen[markerLength - 1] === 0x00 ? 'yes' : 'no';
  }
}
