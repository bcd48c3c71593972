import { accessSync, constants, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import type { MissingPart } from '../cgroups/missing-limits.ts';
import type { IdRange } from './id-map.ts';
import { type NamedUser, findFreeIds, findSubordinateIds } from './subordinate-ids.ts';

/** Uids outside from which sandboxes get theirs, and the gids that go with them. The namespace calls both by the numbers of the uids. */
export interface SubordinateIds {
  readonly uids: IdRange;
  readonly gids: IdRange;
  /** Paths of the programs that write the maps; they are root's, and may. */
  readonly newuidmap: string;
  readonly newgidmap: string;
}

/** How many ids the hosts of a data folder need at least: for their sandboxes and blank ones at a time, in each of their places. */
export const fewestIds = 4096;
const usualIds = 65_536;

/** What {@link findSubordinate} reads. */
export interface SubordinateFacts {
  readonly user: NamedUser;
  /** Texts of `/etc/subuid` and `/etc/subgid`. */
  readonly subuid: string;
  readonly subgid: string;
  /** The path of a program; undefined where it is not installed. */
  readonly findProgram: (name: string) => string | undefined;
}

/** The ids that this user may give to sandboxes, or what is missing for that, each with the command that helps. */
export function findSubordinate(facts: SubordinateFacts): SubordinateIds | MissingPart[] {
  const { user, subuid, subgid, findProgram } = facts;
  const [newuidmap, newgidmap] = [findProgram('newuidmap'), findProgram('newgidmap')];
  const [uids, gids] = [findSubordinateIds(subuid, user), findSubordinateIds(subgid, user)];
  const count = Math.min(uids?.count ?? 0, gids?.count ?? 0);
  const missing: MissingPart[] = [];
  if (!newuidmap || !newgidmap) {
    const found = 'newuidmap and newgidmap are not installed';
    missing.push({ part: 'programs that map uids', found, fix: 'sudo apt-get install -y uidmap' });
  }
  if (count < fewestIds) {
    const first = findFreeIds([subuid, subgid]);
    const range = `${first}-${first + usualIds - 1}`;
    const found = `/etc/subuid and /etc/subgid give ${user.name} ${count}, and at least ${fewestIds} are needed`;
    const fix = `sudo usermod --add-subuids ${range} --add-subgids ${range} ${user.name}`;
    missing.push({ part: 'subordinate uids and gids', found, fix });
  }
  if (missing.length > 0 || !uids || !gids || !newuidmap || !newgidmap) return missing;
  return { uids: { first: uids.first, count }, gids: { first: gids.first, count }, newuidmap, newgidmap };
}

/** {@link findSubordinate} of this machine and user. */
export function readSubordinate(): SubordinateIds | MissingPart[] {
  const { username: name, uid } = userInfo();
  return findSubordinate({
    user: { name, uid },
    subuid: readOrNothing('/etc/subuid'),
    subgid: readOrNothing('/etc/subgid'),
    findProgram,
  });
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/bin'];
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
