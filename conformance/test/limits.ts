import type { HostLimits } from '@quicksand/host';

/** The limits of the hosts under test: less memory than the default, since to fill a gigabyte takes seconds on a busy virtual machine. */
export const limits: Partial<HostLimits> = { contextMemoryBytes: 384 * 1024 ** 2 };

/** The same as options of `quicksand serve`. */
export function toArguments(values: Partial<HostLimits>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['--limit', `${name}=${value}`]);
}
