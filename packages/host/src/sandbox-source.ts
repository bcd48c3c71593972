import type { CgroupTree, HolderProgram, Launching, ReadOnlyFolder } from '@quicksand/isolation';
import type { KernelSource } from './open-kernel.ts';
import type { HostLimits } from './host-limits.ts';
import type { KernelKind, KernelProgram } from './kernel-program.ts';
import type { Ways } from './reach.ts';

/** What sandboxes are made from; the same for all of a host. */
export interface SandboxSource extends KernelSource {
  readonly launcher: Launching;
  readonly bubblewrap: string;
  readonly holderProgram: HolderProgram;
  /** The seccomp filter of every program in a sandbox, as BPF instructions. */
  readonly seccompFilter: Uint8Array;
  readonly cgroups: CgroupTree;
  readonly etc: string;
  readonly opt: string;
  /** The folder below which workspaces are mounted. */
  readonly mounts: string;
  readonly readOnly: readonly ReadOnlyFolder[];
  readonly ways: Ways;
  readonly programs: Readonly<Record<KernelKind, KernelProgram>>;
  readonly limits: HostLimits;
  /** The environment of every program in a sandbox, before that of its context. */
  readonly env: Readonly<Record<string, string>>;
}
