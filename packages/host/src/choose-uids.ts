import type { WeakPart } from '@quicksand/isolation';
import { SandboxError } from '@quicksand/protocol';
import { UidPool, toUidRange } from './uid-pool.ts';
import { type Uids, sharedUid } from './uids.ts';

// Keeps I3: sandboxes share a uid only when the operator typed `uids`.

/** What {@link chooseUids} is told. */
export interface UidsOptions {
  readonly dataFolder: string;
  readonly allowWeak: readonly WeakPart[];
  /** The host's place: see {@link openHostSlot}. */
  readonly slot: number;
}

/** The uids of a host's sandboxes. Throws `backend_unavailable` where there are none to give. */
export function chooseUids({ dataFolder, allowWeak, slot }: UidsOptions): Uids {
  const range = toUidRange(dataFolder);
  if (range) return new UidPool(range, slot);
  if (allowWeak.includes('uids')) return sharedUid;
  throw new SandboxError('backend_unavailable', {
    message: 'sandboxes cannot have uids of their own here: this user namespace has too few',
    hint: 'start the host outside of it, or give it more (docs: /etc/subuid); or go on with one uid for all: --allow-weak=uids',
    details: { part: 'uids' },
  });
}
