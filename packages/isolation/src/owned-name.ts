import { createGroupName, isKept, isOwnerGone, parseGroupName, readOwnIdentity } from './cgroups/group-name.ts';
import { readStartTicks } from './cgroups/process-stat.ts';

/** A new name that says which process it belongs to, so that what a process left when it died can be told from what is in use. */
export function createOwnedName(): string {
  return createGroupName(readOwnIdentity());
}

/** True when `name` is one of {@link createOwnedName} and its process is known to be gone. */
export function isLeftBehind(name: string): boolean {
  if (isKept()) return false;
  const owner = parseGroupName(name);
  return owner !== undefined && isOwnerGone(owner, readOwnIdentity(), readStartTicks);
}
