import type { IdRange } from './id-map.ts';

/** Where a user's ids are looked up: by name, or by number where the file has that. */
export interface NamedUser {
  readonly name: string;
  readonly uid: number;
}

/** The largest range that subuid(5) or subgid(5) gives a user; undefined where it gives none. */
export function findSubordinateIds(text: string, { name, uid }: NamedUser): IdRange | undefined {
  const own = parseRanges(text).filter(({ owner }) => owner === name || owner === String(uid));
  return own.sort((a, b) => b.count - a.count)[0];
}

/** The first id from which nobody has any, in either file: where a new range can start. */
export function findFreeIds(texts: readonly string[]): number {
  const ends = texts.flatMap(parseRanges).map(({ first, count }) => first + count);
  return Math.max(100_000, ...ends);
}

function parseRanges(text: string): (IdRange & { readonly owner: string })[] {
  return text.split('\n').flatMap((line) => {
    const [owner, first, count] = line.trim().split(':');
    if (!owner || owner.startsWith('#') || !isNumber(first) || !isNumber(count)) return [];
    return [{ owner, first: Number(first), count: Number(count) }];
  });
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d+$/.test(text);
}
