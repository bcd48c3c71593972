import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
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
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
