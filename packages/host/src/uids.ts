/** The uids outside that sandboxes run under (I1, I4). */
export interface Uids {
  /** True for a uid that a sandbox may have. */
  covers(uid: number): boolean;
  /** Keeps a uid from being handed out: a workspace has it. */
  reserve(uid: number): void;
  release(uid: number): void;
  /** A uid that nobody has. Throws `too_many_sandboxes` when every one is taken. */
  take(): number;
}

/** One uid for all sandboxes, that of the host itself: what is left where no others can be had, and the operator allowed that. */
export const sharedUid: Uids = {
  covers: (uid) => uid === 0,
  reserve: () => {},
  release: () => {},
  take: () => 0,
};
