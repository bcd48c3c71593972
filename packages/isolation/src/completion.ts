import type { Completion, Remount } from './launcher/launcher.ts';
import type { Limits, ReadOnlyFolder, RootPolicy } from './policy.ts';

/** Where a sandbox has its files. */
export const workspacePath = '/workspace';

export function isBelowWorkspace({ target }: ReadOnlyFolder): boolean {
  return target.startsWith(`${workspacePath}/`);
}

/** What bubblewrap leaves to do: the workspace, for which it need not wait, and limits. */
export function toCompletion({ readOnly, limits }: RootPolicy, workspace: string): Completion {
  const below = readOnly.filter(isBelowWorkspace).map(({ source, target }) => ({ source, at: target, readOnly: true }));
  return {
    mounts: [{ source: workspace, at: workspacePath, readOnly: false }, ...below],
    remounts: toRemounts(limits),
  };
}

/** Terminals that a sandbox may open; without a limit of its own it could take all that the machine has. */
const terminals = 128;

function toRemounts({ tmpFiles }: Limits): Remount[] {
  const memory = ['/tmp', '/home/user', '/dev/shm'];
  return [
    ...memory.map((path): Remount => [path, 'tmpfs', ['nosuid', 'nodev'], `nr_inodes=${tmpFiles}`]),
    ['/dev/pts', 'devpts', ['nosuid', 'noexec'], `mode=620,ptmxmode=666,max=${terminals}`],
  ];
}
