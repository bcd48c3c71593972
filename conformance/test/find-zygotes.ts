import { readFile } from 'node:fs/promises';
import { type Process, listDescendants } from './descendants.ts';

/** The one that kernels of Python are forked from, and the bare one, for all else. */
export type ZygoteModule = 'zygote' | 'bare';

/** The zygotes of one kind of the host with that pid: one, but for a moment when it has died. A new one has no children yet. */
export async function findZygotes(
  host: number,
  module: ZygoteModule = 'zygote',
): Promise<(Process & { readonly hasChildren: boolean })[]> {
  const below = await listDescendants(host);
  const isZygote = await Promise.all(
    below.map(async ({ pid, parent }) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return parent === host && command.includes(`quicksand_kernel.${module}`);
    }),
  );
  return below
    .filter((_, at) => isZygote[at])
    .map((zygote) => ({ ...zygote, hasChildren: below.some(({ parent }) => parent === zygote.pid) }));
}
