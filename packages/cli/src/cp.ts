import { SandboxError } from '@quicksand/protocol';
import { CopyProgress } from './copy-progress.ts';
import { download } from './download.ts';
import { parsePlace } from './place.ts';
import { type RemoteOptions, openRemote } from './remote.ts';
import { upload } from './upload.ts';

/** Options of `quicksand cp`. */
export interface CopyOptions extends RemoteOptions {
  /** Undefined: where standard error is a terminal. */
  readonly progress?: boolean;
}

/** Copies a file or a folder into a sandbox of a running host, or out of one. */
export async function cp(source: string, destination: string, options: CopyOptions): Promise<void> {
  const [from, to] = [parsePlace(source), parsePlace(destination)];
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  process.once('SIGTERM', () => abort.abort());
  using progress = new CopyProgress(source, options.progress);
  const copy = { progress, signal: abort.signal };
  try {
    if (to.type === 'remote' && from.type !== 'remote')
      await upload(openRemote(to.sandbox, options), from, to.path, copy);
    else if (from.type === 'remote' && to.type !== 'remote')
      await download(openRemote(from.sandbox, options), from.path, to, copy);
    else {
      throw new SandboxError('invalid_request', {
        message: `one of ${source} and ${destination} must be in a sandbox, and one must not`,
        hint: 'write a place in a sandbox as SANDBOX:PATH, and a path here that has a colon as ./PATH',
      });
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    process.exitCode = 130;
  }
}
