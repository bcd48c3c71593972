import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxError } from '@quicksand/protocol';
import { controllers } from '../cgroups/cgroup-layout.ts';
import { openCgroups, readCgroupLayout } from '../cgroups/open-cgroups.ts';
import { openWorkspaceVolumes, toQuotaFix } from '../volumes/open-volumes.ts';
import { type IdRange, isWholeMachine, readUidMap } from '../outer/id-map.ts';
import { readSubordinate } from '../outer/plan-mapping.ts';
import type { MachineCheck } from './machine-check.ts';

/** Really makes a group with limits, and says for each controller where it is. */
export async function checkCgroups(): Promise<MachineCheck[]> {
  const layout = readCgroupLayout();
  const tree = await openCgroups({ layout, allowWeak: ['cgroups'] });
  const base = { strength: 'limits', allowWeak: 'cgroups' } as const;
  const missing = [...tree.missing];
  try {
    await using _ = await tree.openSandbox('doctor');
  } catch (error) {
    const { message, hint = '' } = error as SandboxError;
    missing.push({ part: 'limits of a sandbox', found: message, fix: hint });
  } finally {
    await tree.close();
  }
  const found =
    layout.version === 2 ? 'v2' : `v1, each controller its own hierarchy${layout.unified ? ' (hybrid)' : ''}`;
  return [
    { part: 'cgroup version', ok: true, strength: 'extra', found },
    ...controllers.flatMap((controller) => {
      const hierarchy = layout.hierarchies[controller];
      return hierarchy ? [{ ...base, part: `cgroup controller ${controller}`, ok: true, found: hierarchy.own }] : [];
    }),
    ...missing.map((part) => ({ ...base, ...part, ok: false })),
  ];
}

/** Really makes and mounts a workspace with a limit. */
export async function checkQuota(): Promise<MachineCheck> {
  const base = { part: 'limit of disk space and files', strength: 'limits', allowWeak: 'quota' } as const;
  const folder = await mkdtemp(join(tmpdir(), 'quicksand-doctor-'));
  try {
    const volumes = await openWorkspaceVolumes(folder);
    await volumes.close();
    return {
      ...base,
      ok: true,
      found: `a file system in a file for each workspace (ext4, ${isWholeMachine(readUidMap()) ? 'on a loop device' : 'kept by fuse2fs'})`,
    };
  } catch (error) {
    return {
      ...base,
      ok: false,
      found: (error as Error).message,
      fix: toQuotaFix(),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether this process may hand out the uids of sandboxes: in a user namespace it has only those that were mapped, and an ordinary user those of `/etc/subuid`. */
export function checkUids(uids: IdRange | undefined): MachineCheck {
  const base = { part: 'a uid for each sandbox', strength: 'limits', allowWeak: 'uids' } as const;
  if (process.getuid?.() !== 0) return { ...base, ...checkSubordinate() };
  if (uids) return { ...base, ok: true, found: `${uids.first} to ${uids.first + uids.count - 1}` };
  const found = `mapped: ${readUidMap()
    .map(({ inside, count }) => `${inside}+${count}`)
    .join(', ')}`;
  return { ...base, ok: false, found, fix: 'run the host outside of this user namespace (docker run --userns=host)' };
}

function checkSubordinate(): { ok: boolean; found: string; fix?: string } {
  const found = readSubordinate();
  if (!Array.isArray(found)) {
    const { first, count } = found.uids;
    return { ok: true, found: `${first} to ${first + count - 1}, of /etc/subuid` };
  }
  return {
    ok: false,
    found: found.map((part) => part.found).join('; '),
    fix: found.map(({ fix }) => fix).join(' && '),
  };
}
