import { readdirSync } from 'node:fs';
import { runTool } from '../run-tool.ts';
import { readText } from './check-namespaces.ts';
import { isWholeMachine, readUidMap } from '../outer/id-map.ts';
import type { MachineCheck } from './machine-check.ts';

const neededActions = ['allow', 'errno', 'kill_process'];

/** Whether the kernel filters system calls in the ways that the filter uses, and the library that compiles it is there. */
export function checkSeccomp(): MachineCheck[] {
  const actions = readText('/proc/sys/kernel/seccomp/actions_avail').trim();
  const ok = neededActions.every((action) => actions.split(' ').includes(action));
  const library = findLibrary('libseccomp.so.2');
  return [
    {
      part: 'seccomp',
      ok,
      strength: 'required',
      found: actions || 'the kernel has no seccomp filters',
      ...(!ok && { fix: 'use a kernel with CONFIG_SECCOMP_FILTER=y, Linux 4.14 or later' }),
    },
    {
      part: 'libseccomp',
      ok: library !== undefined,
      strength: 'required',
      found: library ?? 'no libseccomp.so.2',
      ...(library === undefined && { fix: 'apt-get install -y libseccomp2' }),
    },
  ];
}

function findLibrary(name: string): string | undefined {
  const bases = ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/usr/local/lib'];
  const folders = bases.flatMap((base) => [
    base,
    ...list(base)
      .filter((entry) => entry.endsWith('-linux-gnu') || entry.endsWith('-linux-musl'))
      .map((entry) => `${base}/${entry}`),
  ]);
  return folders.map((folder) => `${folder}/${name}`).find((path) => list(path.slice(0, -name.length)).includes(name));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION); 444 is its number on every architecture. Node has no way to ask. */
const askLandlock = 'import ctypes;print(ctypes.CDLL(None).syscall(444,None,ctypes.c_size_t(0),1))';

/** Which version of Landlock the kernel has switched on. */
export async function checkLandlock(): Promise<MachineCheck> {
  const base = { part: 'landlock', strength: 'extra' } as const;
  const version = Number(await runTool('python3', ['-c', askLandlock]).catch(() => 'NaN'));
  if (version > 0) return { ...base, ok: true, found: `version ${version}` };
  const found = Number.isNaN(version) ? 'not known: no python3 to ask with' : 'not switched on';
  return {
    ...base,
    ok: false,
    found,
    fix: 'boot with lsm=landlock,… (CONFIG_SECURITY_LANDLOCK=y, Linux 5.13 or later)',
  };
}

/** CAP_SYS_RESOURCE: with it the holder of a sandbox is never what running out of memory ends. */
const sysResource = 24n;

/** Who the host is, and with which of the powers that it uses. Root of the machine, or of an outer namespace. */
export function checkHostUser(): MachineCheck[] {
  const map = readUidMap();
  const uid = process.getuid?.() ?? 0;
  const outside = map.find(({ inside }) => inside === uid)?.outside ?? uid;
  const effective = BigInt(`0x${/^CapEff:\s+(\w+)$/m.exec(readText('/proc/self/status'))?.[1] ?? '0'}`);
  // Only on the whole machine: in a user namespace it is worth nothing.
  const spares = isWholeMachine(map) && ((effective >> sysResource) & 1n) === 1n;
  return [
    {
      part: 'host user',
      ok: true,
      strength: 'required',
      found: outside === 0 ? 'root' : `uid ${outside}, with the rights of root in namespaces of its own`,
    },
    {
      part: 'out-of-memory order',
      ok: spares,
      strength: 'extra',
      found: spares ? 'holders are exempt' : 'no CAP_SYS_RESOURCE: holders are spared only because they are small',
      ...(!spares && { fix: 'start the host as root with CAP_SYS_RESOURCE (docker run --cap-add SYS_RESOURCE)' }),
    },
  ];
}
