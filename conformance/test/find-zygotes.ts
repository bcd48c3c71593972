import { readFile } from 'node:fs/promises';
import { type Process, listDescendants } from './descendants.ts';

/** The zygotes of the host with that pid: one, but for a moment when it has died. A new one has no children yet. */
export async function findZygotes(host: number): Promise<(Process & { readonly hasChildren: boolean })[]> {
  const below = await listDescendants(host);
  const isZygote = await Promise.all(
    below.map(async ({ pid, parent }) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return parent === host && command.includes('quicksand_kernel.zygote');
    }),
  );
  return below
    .filter((_, at) => isZygote[at])
    .map((zygote) => ({ ...zygote, hasChildren: below.some(({ parent }) => parent === zygote.pid) }));
}
