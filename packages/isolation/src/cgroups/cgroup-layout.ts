/** The controllers that a sandbox's limits (I1) are made of. In cgroups v2 `cpuacct` is part of `cpu`. */
export const controllers = ['memory', 'pids', 'cpu', 'cpuacct'] as const;
export type Controller = (typeof controllers)[number];

/** The leaf of cgroups v2 that hosts are in: a group that passes controllers on may hold no process itself. */
export const hostLeaf = 'quicksand-host';

/** Where one hierarchy is mounted, and the folder in it of the group that this process is in. */
export interface Hierarchy {
  readonly mount: string;
  readonly own: string;
}

/** How the cgroups of a machine are arranged. */
export interface CgroupLayout {
  /** 2 when the controllers are in the unified hierarchy; 1 when each has its own (hybrid too). */
  readonly version: 1 | 2;
  /** The hierarchy of each controller that can be used. */
  readonly hierarchies: Readonly<Partial<Record<Controller, Hierarchy>>>;
  /** The unified hierarchy, also where it has no controllers and is not used: to enter a group of it takes a lock of the whole machine. */
  readonly unified: Hierarchy | undefined;
}

/** What {@link parseCgroupLayout} reads. */
export interface CgroupFacts {
  /** Text of `/proc/self/mountinfo`. */
  readonly mountinfo: string;
  /** Text of `/proc/self/cgroup`. */
  readonly membership: string;
  /** Reads `cgroup.controllers` of a folder; the empty text when it has none. */
  readonly readControllers: (folder: string) => string;
}

interface Mount {
  readonly root: string;
  readonly mount: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** Finds the hierarchies of this machine. Pure but for `readControllers`. */
export function parseCgroupLayout({ mountinfo, membership, readControllers }: CgroupFacts): CgroupLayout {
  const mounts = mountinfo.split('\n').flatMap(parseMount);
  const paths = new Map(membership.split('\n').flatMap(parseMembership));
  const v2 = mounts.find(({ type }) => type === 'cgroup2');
  const unified = v2 && withoutLeaf(toHierarchy(v2, paths.get('') ?? '/'));
  const available = unified ? readControllers(unified.own).split(/\s+/) : [];
  const v1 = Object.fromEntries(
    controllers.flatMap((controller) => {
      const found = mounts.find(({ type, options }) => type === 'cgroup' && options.includes(controller));
      return found ? [[controller, toHierarchy(found, paths.get(controller) ?? '/')] as const] : [];
    }),
  );
  if (!unified || Object.keys(v1).length > 0) return { version: 1, hierarchies: v1, unified };
  const offered = controllers.filter((controller) => available.includes(controller === 'cpuacct' ? 'cpu' : controller));
  return { version: 2, hierarchies: Object.fromEntries(offered.map((controller) => [controller, unified])), unified };
}

/** proc_pid_mountinfo(5): id parent device root mount options … - type source super-options. */
function parseMount(line: string): Mount[] {
  const [front, back] = line.split(' - ');
  const [, , , root, mount] = (front ?? '').split(' ');
  const [type, , options] = (back ?? '').split(' ');
  if (!root || !mount || (type !== 'cgroup' && type !== 'cgroup2')) return [];
  return [{ root: unescape(root), mount: unescape(mount), type, options: (options ?? '').split(',') }];
}

/** `hierarchy:controllers:path`; the unified hierarchy has no controllers there. */
function parseMembership(line: string): [string, string][] {
  const [, names, ...path] = line.split(':');
  if (names === undefined || path.length === 0) return [];
  return names.split(',').map((name) => [name, path.join(':')]);
}

/** In a container the mount shows only a part, which starts at `root`. */
function toHierarchy({ root, mount }: Mount, path: string): Hierarchy {
  const below = root !== '/' && (path === root || path.startsWith(`${root}/`)) ? path.slice(root.length) : path;
  const outside = below === '/' || below.startsWith('/..');
  return { mount, own: outside ? mount : `${mount}${below}` };
}

/** The groups of a host are beside its leaf. */
function withoutLeaf({ mount, own }: Hierarchy): Hierarchy {
  return { mount, own: own.endsWith(`/${hostLeaf}`) ? own.slice(0, -hostLeaf.length - 1) : own };
}

function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
