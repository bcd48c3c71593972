/** The first and the last byte that are wanted, counted from 0. Without a first: that many at the end. Without a last: to the end. */
export type ByteRange = readonly [first: number | null, last: number | null];

/** Reads a `Range` header. Undefined for what is none, or asks for several: such a header is ignored, as RFC 9110 has it. */
export function parseRange(header: string | undefined): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (first === '') return last === '' ? undefined : [null, Number(last)];
  if (last !== '' && Number(last) < Number(first)) return undefined;
  return [Number(first), last === '' ? null : Number(last)];
}
