import { isWholeMachine, readUidMap } from '../outer/id-map.ts';
import type { CgroupLayout } from './cgroup-layout.ts';

/** The uid on the machine of a host that is not root there; undefined for root. */
function findOrdinaryUid(): number | undefined {
  const uid = process.getuid?.() ?? 0;
  const map = readUidMap();
  if (isWholeMachine(map)) return uid === 0 ? undefined : uid;
  return map.find(({ inside }) => inside === uid)?.outside;
}

/** The command that starts a host in a group of its own. */
export function toDelegationFix(version: 1 | 2, hierarchies: CgroupLayout['hierarchies']): string {
  const uid = findOrdinaryUid();
  if (version === 2) {
    const manager = uid === undefined ? '' : '--user ';
    return `start the host as: systemd-run ${manager}--scope -p Delegate=yes -- quicksand serve`;
  }
  if (uid === undefined) return 'run the host in a container with the cgroup file system writable';
  const mounts = [...new Set(Object.values(hierarchies).map(({ mount }) => mount))].join(' ');
  const group = `$h/quicksand-${uid}`;
  const steps = `mkdir -p ${group} && chown -R ${uid} ${group} && echo $0 > ${group}/cgroup.procs`;
  return `in the shell that starts the host: sudo sh -c 'for h in ${mounts}; do ${steps}; done' $$`;
}

/** The command that makes controllers of cgroups v2 available in this group. */
export function toOfferFix(): string {
  if (findOrdinaryUid() === undefined) return toDelegationFix(2, {});
  const drop = '/etc/systemd/system/user@.service.d';
  const write = `mkdir -p ${drop} && printf "[Service]\\nDelegate=cpu memory pids\\n" > ${drop}/quicksand.conf`;
  return `sudo sh -c '${write} && systemctl daemon-reload', log in anew, and ${toDelegationFix(2, {})}`;
}
