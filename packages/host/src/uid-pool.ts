import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { SandboxError } from '@quicksand/protocol';
import { hostSlots } from './host-slot.ts';

/** The ids outside that sandboxes get; above what distributions, containers and subuid files hand out. */
export interface UidRange {
  readonly first: number;
  readonly count: number;
}

const slotSize = 65_536;
const firstSlot = 1_900_000_000;
const slotCount = Math.floor((2 ** 31 - firstSlot) / slotSize);

/** The range of a data folder, chosen by its path: the sandboxes of two hosts with folders of their own have different uids. */
export function toUidRange(dataFolder: string): UidRange {
  const hash = createHash('sha256').update(resolve(dataFolder)).digest().readUInt32LE();
  return { first: firstSlot + (hash % slotCount) * slotSize, count: slotSize };
}

/** Hands out uids of a range, each to one sandbox (I4). New ones come from the part of this host's place, since other hosts use the same range. */
export class UidPool {
  readonly #range: UidRange;
  readonly #own: UidRange;
  readonly #used = new Set<number>();
  #next: number;

  constructor(range: UidRange, slot: number) {
    const count = Math.floor(range.count / hostSlots);
    this.#range = range;
    this.#own = { first: range.first + slot * count, count };
    this.#next = this.#own.first;
  }

  /** True for a uid that a sandbox may have. */
  covers(uid: number): boolean {
    return uid >= this.#range.first && uid < this.#range.first + this.#range.count;
  }

  /** True for a uid that only this host hands out. */
  isOwn(uid: number): boolean {
    return uid >= this.#own.first && uid < this.#own.first + this.#own.count;
  }

  /** Keeps a uid from being handed out: a workspace has it. */
  reserve(uid: number): void {
    this.#used.add(uid);
  }

  release(uid: number): void {
    this.#used.delete(uid);
  }

  /** A uid that nobody has. Throws `too_many_sandboxes` when every one is taken. */
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
