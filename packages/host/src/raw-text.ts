import { MarkerScanner } from './marker-scanner.ts';

/** What raw output says, in order: text of the program, or the end marker with that sequence. */
export type RawItem = { readonly text: string } | { readonly marker: number };

/**
 * Turns raw output, in whatever pieces it arrives, into text and end markers. Pure. Text is never empty and never cut inside a character; bytes that
 * are not UTF-8 become U+FFFD (R5).
 */
export class RawText {
  readonly #scanner = new MarkerScanner();
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #isEmpty = true;

  /** Makes the marker of the next execution known: 32 hex digits. */
  expect(secret: string): void {
    this.#scanner.expect(secret);
  }

  /** What `chunk` completes. */
  push(chunk: Uint8Array): RawItem[] {
    this.#isEmpty = false;
    return this.#scanner
      .push(chunk)
      .map((item) => ('marker' in item ? item : { text: this.#decoder.decode(item.bytes, { stream: true }) }))
      .filter((item) => !('text' in item) || item.text !== '');
  }

  /** True while something is held back because it might be the start of a marker. */
  get mayHoldMarker(): boolean {
    return this.#scanner.isHolding;
  }

  /** What was held back because it might have been the start of a marker; it was none. */
  releaseMarker(): string {
    return this.#decoder.decode(this.#scanner.flush(), { stream: true });
  }

  /** What was held back because it might have been part of a character or of a marker. */
  flush(): string {
    if (this.#isEmpty) return '';
    this.#isEmpty = true;
    return this.releaseMarker() + this.#decoder.decode();
  }
}
