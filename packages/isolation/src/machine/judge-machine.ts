import type { MachineCheck, WeakPart } from './machine-check.ts';

/** What the checks of a machine mean for a host. */
export interface Verdict {
  /** True when a host starts here, with what the operator allows to be missing (I3). */
  readonly starts: boolean;
  /** Why it does not start. */
  readonly obstacles: readonly MachineCheck[];
  /** What it would do without: parts that are missing and that the operator allowed. */
  readonly weak: readonly WeakPart[];
  /** The parts that would have to be allowed for a host to start; undefined when that would not help. */
  readonly wouldStartWith: readonly WeakPart[] | undefined;
}

/** Judges checks. Pure: the same table for `quicksand doctor` and for whoever embeds a host. */
export function judgeMachine(checks: readonly MachineCheck[], allowWeak: readonly WeakPart[] = []): Verdict {
  const missing = checks.filter(({ ok, strength }) => !ok && strength !== 'extra');
  const isAllowed = ({ allowWeak: part }: MachineCheck): boolean => part !== undefined && allowWeak.includes(part);
  const obstacles = missing.filter((check) => !isAllowed(check));
  const parts = [...new Set(missing.flatMap(({ allowWeak: part }) => part ?? []))];
  const isHopeless = missing.some(({ allowWeak: part }) => part === undefined);
  return {
    starts: obstacles.length === 0,
    obstacles,
    weak: parts.filter((part) => allowWeak.includes(part)),
    wouldStartWith: isHopeless ? undefined : parts,
  };
}
