import { type Launching, toolPath } from '@quicksand/isolation';

/** What the files of a folder take. */
export interface FolderUsage {
  readonly bytes: number;
  /** Files, folders and links, the folder itself included. */
  readonly files: number;
}

/**
 * Measures a tree that hostile code made, and may be changing: `du` walks by descriptors, so depth and odd names do not matter, no link is followed, and
 * names are not read by anybody. Rejects when it cannot be measured, or was not before the signal.
 */
export async function measureFolder(launcher: Launching, folder: string, signal: AbortSignal): Promise<FolderUsage> {
  const [bytes, files] = await Promise.all([
    sum(launcher, ['--block-size=1', folder], signal),
    sum(launcher, ['--inodes', folder], signal),
  ]);
  return { bytes, files };
}

async function sum(launcher: Launching, args: readonly string[], signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const argv = ['du', '--summarize', '--one-file-system', ...args] as const;
  const program = await launcher.start({ argv, env: { PATH: toolPath, LC_ALL: 'C' } });
  const kill = (): void => program.signal('SIGKILL');
  signal.addEventListener('abort', kill);
  if (signal.aborted) kill();
  const { said } = await program.ended;
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  // Files that are gone in the meantime make it end with 1.
  const total = Number.parseInt(said['1'], 10);
  if (Number.isNaN(total)) throw new Error(`du: ${said['2'].trim().slice(0, 500)}`);
  return total;
}
