import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultDataFolder } from '@quicksand/host';

/** A data folder for one test file, with the Python environment of the machine: workspaces of tests stay apart from those of its user. */
export async function openDataFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'quicksand-test-'));
  await chmod(path, 0o711);
  await copyFile(join(defaultDataFolder(), 'environment.json'), join(path, 'environment.json')).catch(
    (cause: unknown) => {
      throw new Error(`there is no Python environment in ${defaultDataFolder()}: run \`npx quicksand setup\``, {
        cause,
      });
    },
  );
  return { path, [Symbol.asyncDispose]: () => remove(path) };
}

async function remove(path: string): Promise<void> {
  // A host that was killed has left its mounts, for the next one to remove.
  const mounted = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').map((line) => line.split(' ')[4] ?? '');
  for (const point of mounted.filter((each) => each.startsWith(`${path}/`)).toReversed())
    execFileSync('umount', ['--', point]);
  await rm(path, { recursive: true, force: true });
}
