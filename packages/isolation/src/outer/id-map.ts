import { readFileSync } from 'node:fs';

/** Ids from `first` on. */
export interface IdRange {
  readonly first: number;
  readonly count: number;
}

/** One line of `/proc/<pid>/uid_map`: the ids of `count` users, as a user namespace calls them and as the one around it does. */
export interface MappedIds {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

const allIds = 2 ** 32 - 1;

/** What the kernel shows for an id that is not mapped. */
const overflowId = 65_534;

/** Below are the users of a distribution. */
const firstSandboxId = 1000;

/** The text of a `uid_map` or `gid_map`. */
export function parseIdMap(text: string): MappedIds[] {
  return text.split('\n').flatMap((line) => {
    const [inside, outside, count] = line.trim().split(/\s+/).map(Number);
    return inside === undefined || outside === undefined || count === undefined ? [] : [{ inside, outside, count }];
  });
}

/** The users that this process can tell apart. */
export function readUidMap(): MappedIds[] {
  return parseIdMap(readFileSync('/proc/self/uid_map', 'latin1'));
}

/** True where every id is itself: this is the machine, not a user namespace on it. */
export function isWholeMachine(map: readonly MappedIds[]): boolean {
  return map.some(({ inside, outside, count }) => inside === 0 && outside === 0 && count === allIds);
}

/** True where every id of `range` is mapped in one piece. */
export function isMapped(map: readonly MappedIds[], { first, count }: IdRange): boolean {
  return map.some((part) => part.inside <= first && first + count <= part.inside + part.count);
}

/** The longest piece of a map that sandboxes can have: no ids of the distribution's users, and not the one that stands for all others. */
export function findSandboxIds(map: readonly MappedIds[]): IdRange | undefined {
  const pieces = map.flatMap(({ inside, count }) => [
    cut(inside, Math.min(inside + count, overflowId)),
    cut(Math.max(inside, overflowId + 2), inside + count),
  ]);
  return pieces.filter((piece) => piece.count > 0).sort((a, b) => b.count - a.count)[0];
}

function cut(from: number, end: number): IdRange {
  const first = Math.max(from, firstSandboxId);
  return { first, count: end - first };
}
