import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isKept, parseMountPoints, runTool } from '@quicksand/isolation';
import { SandboxError } from '@quicksand/protocol';

/** Throws `backend_unavailable` when another uid could not reach `folder`, since sandboxes run under uids of their own. */
export async function assertReachable(folder: string): Promise<void> {
  const closed = await findClosed(folder);
  if (closed === undefined) return;
  throw new SandboxError('backend_unavailable', {
    message: `sandboxes cannot reach ${folder}: ${closed} may not be entered by others`,
    hint: `choose another folder, or run: chmod o+x ${closed}`,
  });
}

/** The same for a folder that sandboxes are shown: in an outer namespace only its own mode matters, since {@link Ways} lead to it. */
export async function assertShowable(folder: string): Promise<void> {
  if (isKept() && (await isOpen(folder))) return;
  await assertReachable(folder);
}

async function isOpen(folder: string): Promise<boolean> {
  return ((await stat(folder)).mode & 0o001) !== 0;
}

/** The innermost folder on the way to `folder`, itself included, that others may not enter. */
async function findClosed(folder: string): Promise<string | undefined> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (!(await isOpen(at))) return at;
    if (at === dirname(at)) return undefined;
  }
}

/** Ways to folders that the uids of sandboxes cannot reach, such as those in a closed home. They exist in an outer namespace only: nobody else sees them. */
export interface Ways extends AsyncDisposable {
  /** A path of `folder` that sandboxes can reach, each time the same. Where there is none, in the machine's own namespaces, it is the folder's own. */
  to(folder: string): Promise<string>;
}

/** Opens ways below a run folder. Closing them removes that folder, unless a way is still there: what it leads to is the user's. */
export function openWays(runFolder: string): Ways {
  const points: string[] = [];
  const ways = new Map<string, Promise<string>>();
  const open = async (folder: string): Promise<string> => {
    if (!isKept() || (await findClosed(folder)) === undefined) return folder;
    await assertShowable(folder);
    const point = join(runFolder, `way-${randomUUID()}`);
    await mkdir(point);
    await runTool('mount', ['--bind', '--no-mtab', '--', folder, point]);
    points.push(point);
    return point;
  };
  return {
    to(folder) {
      const way = ways.get(folder) ?? open(folder);
      ways.set(folder, way);
      return way;
    },
    async [Symbol.asyncDispose]() {
      for (const point of points) await runTool('umount', ['--lazy', '--no-mtab', '--', point]).catch(() => {});
      if (parseMountPoints(await readFile('/proc/self/mountinfo', 'utf8'), runFolder).length > 0) return;
      await rm(runFolder, { recursive: true, force: true });
    },
  };
}
