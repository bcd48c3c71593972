import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SandboxError } from '@quicksand/protocol';
import { type CgroupLayout, type Controller, parseCgroupLayout } from './cgroup-layout.ts';
import { toHome, tryDelegate } from './delegate-controllers.ts';
import { removeGroup } from './end-processes.ts';
import { type GroupFolders, makeFolders, readGroupFile, toChildFolders, tryWriteGroupFile } from './group-folders.ts';
import { type GroupLimits, defaultGroupLimits } from './group-limits.ts';
import { createGroupName, readOwnIdentity } from './group-name.ts';
import { type MissingPart, findMissingControllers, findMissingFiles } from './missing-limits.ts';
import { toDelegationFix } from './delegation-fix.ts';
import { SandboxGroup } from './sandbox-group.ts';

// Keeps I3: without limits a host starts only when the operator typed `cgroups`.

/** How {@link openCgroups} works. */
export interface CgroupsOptions {
  /** Parts that may be missing; only `cgroups` matters here. Default: none. */
  readonly allowWeak?: readonly string[];
  /** Default: that of this machine. */
  readonly layout?: CgroupLayout;
}

/** The groups of a host. They lie below the group that the host itself is in, so that its limits hold for all of them. */
export interface CgroupTree extends AsyncDisposable {
  readonly version: 1 | 2;
  /** What is not enforced; empty unless it was allowed to be missing. */
  readonly missing: readonly MissingPart[];
  /** Makes the group of a sandbox. Throws `sandbox_start_failed`. */
  openSandbox(id: string, limits?: GroupLimits): Promise<SandboxGroup>;
  /** Ends every process in the groups and removes them. False when a process did not end. */
  close(): Promise<boolean>;
}

/** The arrangement of this machine. */
export function readCgroupLayout(): CgroupLayout {
  return parseCgroupLayout({
    mountinfo: readFileSync('/proc/self/mountinfo', 'utf8'),
    membership: readFileSync('/proc/self/cgroup', 'utf8'),
    readControllers: (folder) => readGroupFile(folder, 'cgroup.controllers'),
  });
}

/**
 * Before a host of cgroups v2 is started in an outer namespace: passes on the controllers of this process's group, while all processes in it can still be
 * seen. Where that cannot be done the host says so.
 */
export function delegateToHosts({ version, unified }: CgroupLayout = readCgroupLayout()): void {
  if (version === 2 && unified) tryDelegate(unified.own, process.pid);
}

/** Makes the group of a host. Throws `backend_unavailable`, naming each missing part, unless `allowWeak` has `cgroups`. */
export async function openCgroups({
  allowWeak = [],
  layout = readCgroupLayout(),
}: CgroupsOptions = {}): Promise<CgroupTree> {
  const { version, unified } = layout;
  const name = createGroupName(readOwnIdentity());
  const missing = findMissingControllers(layout);
  const folders = makeHostGroup(layout, name, missing);
  missing.push(...findMissingFiles(version, folders, readFileSync('/proc/swaps', 'latin1')));
  const close = (): Promise<boolean> => removeGroup(folders);
  if (missing.length > 0 && !allowWeak.includes('cgroups')) {
    await close();
    throw toUnavailable(missing);
  }
  const home = version === 2 && unified ? toHome(unified.own) : undefined;
  const prime = (): void => void (home !== undefined && moveNowhere(home));
  return {
    version,
    missing,
    openSandbox: (id, limits = defaultGroupLimits) =>
      // With a prefix, since an id may be the name of one of the kernel's own files.
      SandboxGroup.open({ folders: toChildFolders(folders, `sandbox-${id}`), version, limits, prime }),
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}

/** Makes the host's group in each hierarchy where that works, and says where it does not. */
function makeHostGroup(
  { version, hierarchies, unified }: CgroupLayout,
  name: string,
  missing: MissingPart[],
): GroupFolders {
  const limited =
    version === 1 ||
    (unified !== undefined && hierarchies.memory !== undefined && tryDelegate(unified.own, process.pid));
  const known = { ...(limited ? hierarchies : {}), ...(version === 2 && unified && { unified }) };
  if (!limited && unified && hierarchies.memory) {
    const found = `${unified.own} holds other processes or may not be changed`;
    missing.push({ part: 'delegated cgroup', found, fix: toDelegationFix(2, hierarchies) });
  }
  const folders: Partial<Record<Controller | 'unified', string>> = {};
  for (const [key, { own }] of Object.entries(known) as [Controller | 'unified', { own: string }][]) {
    const folder = join(own, name);
    try {
      if (!Object.values(folders).includes(folder)) makeFolders({ [key]: folder });
      folders[key] = folder;
    } catch (error) {
      const found = `${own}: ${(error as NodeJS.ErrnoException).code}`;
      missing.push({ part: `cgroup of ${key}`, found, fix: toDelegationFix(version, hierarchies) });
    }
  }
  if (version === 2 && folders.memory !== undefined) tryDelegate(folders.memory, 0);
  // Before Linux 5.11 limits of v1 hold for the groups below only when this is asked for; later it cannot be otherwise.
  if (version === 1) tryWriteGroupFile(folders.memory, 'memory.use_hierarchy', '1');
  return folders;
}

/** A move of this process to where it is, which starts the grace period that the first move after a quiet time waits for. That it may fail does not matter: nothing depends on it but time. */
function moveNowhere(home: string): Promise<void> {
  return writeFile(`${home}/cgroup.procs`, String(process.pid), { flag: 'r+' }).catch(() => {});
}

function toUnavailable(missing: readonly MissingPart[]): SandboxError {
  return new SandboxError('backend_unavailable', {
    message: `limits cannot be enforced here: ${missing.map(({ part, found }) => `${part} (${found})`).join('; ')}`,
    hint: `${[...new Set(missing.map(({ fix }) => fix))].join('; ')}; or go on without limits: --allow-weak=cgroups`,
    details: { part: 'cgroups', missing },
  });
}
