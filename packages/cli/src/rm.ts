import { type RemoteOptions, openRemote, requestHost } from './remote.ts';

/** An answer without a body. */
const nothing = { safeParse: () => ({ data: null }) };

/** Ends sandboxes of a running host, their processes and their files. Throws `sandbox_not_found`, which the sdk would not: a name may be misspelled. */
export async function rm(ids: readonly string[], options: RemoteOptions): Promise<void> {
  // All names are looked at before the first sandbox ends.
  for (const id of ids) openRemote(id, options);
  for (const sandboxId of ids)
    await requestHost('deleteSandbox', { parameters: { sandboxId }, schema: nothing }, options);
}
