import { readText } from './check-namespaces.ts';
import type { MachineCheck } from './machine-check.ts';

/** Descriptors of the host for a sandbox with one context: its channel, its pipes, and the counters of its groups. */
const descriptorsPerSandbox = 16;
/** Processes and threads that a sandbox may have, unless its limit was changed. */
const processesPerSandbox = 256;

/** Limits of the machine that are lower than what many sandboxes need: a host starts, and says so when it meets one. */
export function checkCapacity(): MachineCheck[] {
  const descriptors = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readText('/proc/self/limits'))?.[1] ?? Infinity);
  const pids = Number(readText('/proc/sys/kernel/pid_max'));
  return [
    toCheck({
      part: 'open files',
      limit: descriptors,
      each: descriptorsPerSandbox,
      fix: 'ulimit -Hn 1048576 (systemd: LimitNOFILE=1048576)',
    }),
    toCheck({
      part: 'processes of the machine',
      limit: pids,
      each: processesPerSandbox,
      fix: 'sysctl -w kernel.pid_max=4194304',
    }),
  ];
}

interface Capacity {
  readonly part: string;
  readonly limit: number;
  readonly each: number;
  readonly fix: string;
}

/** What a host takes on by default, it should be able to. */
const wantedSandboxes = 1000;

function toCheck({ part, limit, each, fix }: Capacity): MachineCheck {
  const sandboxes = Math.floor(limit / each);
  const ok = sandboxes >= wantedSandboxes;
  const found = `${limit}: enough for ${Number.isFinite(sandboxes) ? `${sandboxes} sandboxes` : 'every sandbox'} that use all they may`;
  return { part, ok, strength: 'extra', found, ...(!ok && { fix }) };
}
