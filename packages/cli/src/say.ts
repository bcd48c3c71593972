import { toPrintable } from './printable.ts';

/** Tells the user something on standard error. */
export function say(text: string): void {
  process.stderr.write(`quicksand: ${toPrintable(text)}\n`);
}
