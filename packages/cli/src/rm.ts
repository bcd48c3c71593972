import { type RemoteOptions, openRemote } from './remote.ts';

/** Ends sandboxes of a running host, their processes and their files. */
export async function rm(ids: readonly string[], options: RemoteOptions): Promise<void> {
  const sandboxes = ids.map((id) => openRemote(id, options));
  for (const sandbox of sandboxes) await sandbox.destroy();
}
