import { readFileSync, readlinkSync } from 'node:fs';

/** What the kernel of the machine says about a process, read from outside. */
export interface Confinement {
  readonly pid: number;
  readonly name: string;
  /** Lines of `/proc/<pid>/status`. */
  readonly status: Readonly<Record<string, string>>;
  /** Its namespaces, by name. */
  readonly namespaces: Readonly<Record<string, string>>;
  /** Its group in each hierarchy: by controller, and `unified`. */
  readonly groups: Readonly<Record<string, string>>;
}

/** The namespaces that a sandbox has of its own (I1). */
export const namespaceNames = ['user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'] as const;

/** Undefined when the process has ended. */
export function readConfinement(pid: number): Confinement | undefined {
  try {
    const status = toEntries(readFileSync(`/proc/${pid}/status`, 'latin1'), /^(\w+):\s*(.*)$/);
    const namespaces = namespaceNames.map((name) => [name, readlinkSync(`/proc/${pid}/ns/${name}`)]);
    const lines = readFileSync(`/proc/${pid}/cgroup`, 'latin1').trim().split('\n');
    const groups = lines.flatMap((line) => {
      const [, controllers = '', ...path] = line.split(':');
      return (controllers || 'unified').split(',').map((controller) => [controller, path.join(':')]);
    });
    return {
      pid,
      name: status['Name'] ?? '',
      status,
      namespaces: Object.fromEntries(namespaces),
      groups: Object.fromEntries(groups),
    };
  } catch {
    return undefined;
  }
}

function toEntries(text: string, pattern: RegExp): Record<string, string> {
  const found = text.split('\n').flatMap((line) => {
    const [, name, value] = pattern.exec(line) ?? [];
    return name === undefined ? [] : [[name, value ?? '']];
  });
  return Object.fromEntries(found) as Record<string, string>;
}
