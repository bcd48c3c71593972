/** Parts of the isolation that an operator can type away with `--allow-weak` (I3). */
export const weakParts = ['cgroups', 'uids', 'quota'] as const;
export type WeakPart = (typeof weakParts)[number];

/**
 * What depends on a part. `required`: without it no host starts. `limits`: without it a host starts only when the
 * operator typed `allowWeak`. `extra`: a second line of defence, or comfort.
 */
export type CheckStrength = 'required' | 'limits' | 'extra';

/** One thing that was tried on this machine. */
export interface MachineCheck {
  readonly part: string;
  readonly ok: boolean;
  readonly strength: CheckStrength;
  /** The word that allows a host to start without it. */
  readonly allowWeak?: WeakPart;
  readonly found: string;
  /** The exact command that helps; only when it is not ok. */
  readonly fix?: string;
}
