import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { type IdRange, type MappedIds, fewestIds, findSandboxIds, isMapped, readUidMap } from '@quicksand/isolation';
import { SandboxError } from '@quicksand/protocol';
import { hostSlots } from './host-slot.ts';
import type { Uids } from './uids.ts';

const slotSize = 65_536;
const firstSlot = 1_900_000_000;
const slotCount = Math.floor((2 ** 31 - firstSlot) / slotSize);

/**
 * The ids outside that the sandboxes of a data folder get. On a whole machine they lie above what distributions, containers and subuid files hand out,
 * and are chosen by the folder's path, so that two hosts with folders of their own have different ones. In a user namespace they are those that it has;
 * undefined where these are too few.
 */
export function toUidRange(dataFolder: string, map: readonly MappedIds[] = readUidMap()): IdRange | undefined {
  const hash = createHash('sha256').update(resolve(dataFolder)).digest().readUInt32LE();
  const own = { first: firstSlot + (hash % slotCount) * slotSize, count: slotSize };
  if (isMapped(map, own)) return own;
  const found = findSandboxIds(map);
  return found && found.count >= fewestIds ? found : undefined;
}

/** Hands out uids of a range, each to one sandbox (I4). New ones come from the part of this host's place, since other hosts use the same range. */
export class UidPool implements Uids {
  readonly #range: IdRange;
  readonly #own: IdRange;
  readonly #used = new Set<number>();
  #next: number;

  constructor(range: IdRange, slot: number) {
    const count = Math.floor(range.count / hostSlots);
    this.#range = range;
    this.#own = { first: range.first + slot * count, count };
    this.#next = this.#own.first;
  }

  covers(uid: number): boolean {
    return uid >= this.#range.first && uid < this.#range.first + this.#range.count;
  }

  reserve(uid: number): void {
    this.#used.add(uid);
  }

  release(uid: number): void {
    this.#used.delete(uid);
  }

  take(): number {
    const { first, count } = this.#own;
    for (let tries = 0; tries < count; tries++) {
      const uid = this.#next;
      this.#next = uid + 1 >= first + count ? first : uid + 1;
      if (this.#used.has(uid)) continue;
      this.#used.add(uid);
      return uid;
    }
    throw new SandboxError('too_many_sandboxes', {
      message: `all ${count} uids for sandboxes are taken`,
      hint: 'destroy sandboxes that are no longer needed',
    });
  }
}
