import type { Requirement } from './requirements.mjs';

/** Names of the packages that a Python lacks; a kernel cannot work without the required ones. */
export function missingPackages(
  packages: Requirement[],
  description: { missing: { name: string; problem: string }[] } | undefined,
): { required: string[]; optional: string[] };

/** What to tell about packages that code can do without; undefined when there are none. */
export function missingNotice(names: string[], where: string): string | undefined;
