/** How much a sandbox may use. Sizes in bytes. */
export interface Limits {
  /** Size of the tmpfs at `/tmp`; `/home/user` and `/dev/shm` have one of the same size each. */
  readonly tmpBytes: number;
  /** How many files, folders and links each of them may hold. */
  readonly tmpFiles: number;
}

/** What a sandbox may use unless the operator says otherwise. */
export const defaultLimits: Limits = { tmpBytes: 256 * 1024 * 1024, tmpFiles: 50_000 };

/** A folder of the host that sandboxes see. */
export interface ReadOnlyFolder {
  /** Its path outside, by which the uids of sandboxes reach it. */
  readonly source: string;
  /** Its path inside. */
  readonly target: string;
}

/** What the file system of a sandbox is made of. An immutable value: {@link toBubblewrapArguments} and {@link toCompletion} say how it is made, and nothing else reads it. */
export interface RootPolicy {
  /** The folder outside that appears as `/etc`. */
  readonly etc: string;
  /** The folder outside that appears read-only as `/opt/quicksand`: what programs of the sandbox start through. */
  readonly opt: string;
  /** Folders that appear read-only, for example a Python environment outside `/usr`. */
  readonly readOnly: readonly ReadOnlyFolder[];
  readonly limits: Limits;
}

/** Ids inside every sandbox; outside, each sandbox has its own. */
export const insideIds = { uid: 1000, gid: 1000 } as const;
