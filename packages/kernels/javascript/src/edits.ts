/** A change of the submitted code: `insert` stands in the place of what is between `start` and `end`. It never changes the number of lines. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

const allButLineEnds = /[^\n\r\u2028\u2029]/g;

/** As many spaces, and the same line ends. */
export function toBlank(text: string): string {
  return text.replace(allButLineEnds, ' ');
}

/** Blanks a range, and puts something in its beginning where it is long enough. */
export function blanked(code: string, start: number, end: number, insert: string = ''): Edit {
  const blank = toBlank(code.slice(start, end));
  return { start, end, insert: insert + blank.slice(Math.min(insert.length, lengthOfLine(blank))) };
}

/** A part of the code with the edits that lie in it, which are in order. */
export function render(code: string, edits: readonly Edit[], from: number = 0, to: number = code.length): string {
  let text = '';
  let at = from;
  for (let next = firstFrom(edits, from); next < edits.length; next++) {
    const { start, end, insert } = edits[next] as Edit;
    if (start > to) break;
    if (start < at || end > to) continue;
    text += code.slice(at, start) + insert;
    at = end;
  }
  return text + code.slice(at, to);
}

/** Where the edits begin that are not before a place. Of code with thousands of functions each is rendered apart. */
function firstFrom(edits: readonly Edit[], from: number): number {
  let [low, high] = [0, edits.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edits[middle] as Edit).start < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A part of the code. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The column in a line of the submitted code of one in the code that was evaluated; both count from 1. */
export function toOwnColumn({ start: from, end: to }: Range, edits: readonly Edit[], column: number): number {
  let shift = 0;
  for (const { start, end, insert } of edits) {
    if (start < from || start > to || insert.includes('\n')) continue;
    const own = start - from + 1;
    if (column < own + shift) break;
    if (column < own + shift + insert.length) return own + Math.min(column - shift - own, end - start);
    shift += insert.length - (end - start);
  }
  return column - shift;
}

function lengthOfLine(text: string): number {
  const end = text.search(/[\n\r\u2028\u2029]/);
  return end < 0 ? text.length : end;
}
