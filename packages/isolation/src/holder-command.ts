/** How a holder gets its ids and its groups. */
export interface HolderEntry {
  /** The sandbox's ids outside. */
  readonly uid: number;
  readonly gid: number;
  /** The files of its groups, where the host may not move it into them. */
  readonly procsFiles: readonly string[];
}

/** Enters the groups, and becomes the program behind `--`. */
const enterGroups = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 1; shift; done; shift; exec "$@"';

/**
 * The command that starts `program` in its groups and with its ids: a process may always move itself, but must do so before it gives up the rights to.
 * With the ids of the host there is nothing to change.
 */
export function toHolderCommand({ uid, gid, procsFiles }: HolderEntry, program: readonly string[]): string[] {
  const ids =
    uid === 0
      ? []
      : ['/usr/bin/setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--inh-caps=-all', '--'];
  return ['/bin/sh', '-c', enterGroups, 'sh', ...procsFiles, '--', ...ids, ...program];
}
