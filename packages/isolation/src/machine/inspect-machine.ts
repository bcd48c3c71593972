import { checkCgroups, checkQuota, checkUids } from './check-limits.ts';
import { checkCapacity } from './check-capacity.ts';
import { checkHostUser, checkLandlock, checkSeccomp } from './check-confinement.ts';
import { checkBubblewrap, checkNamespaces } from './check-namespaces.ts';
import type { IdRange } from '../outer/id-map.ts';
import type { MachineCheck } from './machine-check.ts';
import { oldestNode } from './oldest-node.ts';

/** What {@link inspectMachine} needs to know about the host that is to run here. */
export interface InspectOptions {
  /** The uids outside that its sandboxes would get; undefined where there are none. */
  readonly uids: IdRange | undefined;
}

/**
 * Tries everything that a host needs (I3), by doing it where it can be done, and leaves nothing behind. Never throws
 * because something is missing: that is a check that is not ok, with the command that helps.
 *
 * @example
 * for (const { ok, part, found, fix } of await inspectMachine({ uids })) console.log(ok ? 'ok' : 'MISSING', part, found, fix ?? '')
 */
export async function inspectMachine({ uids }: InspectOptions): Promise<MachineCheck[]> {
  return [
    checkNode(),
    ...checkHostUser(),
    await checkBubblewrap(),
    await checkNamespaces(uids?.first),
    checkUids(uids),
    ...(await checkCgroups()),
    await checkQuota(),
    ...checkSeccomp(),
    await checkLandlock(),
    ...checkCapacity(),
  ];
}

function checkNode(): MachineCheck {
  const { node } = process.versions;
  const ok = Number.parseInt(node, 10) >= oldestNode;
  return {
    part: 'Node.js',
    ok,
    strength: 'required',
    found: node,
    ...(!ok && { fix: `npx node@${oldestNode} … (or install Node ${oldestNode})` }),
  };
}
