import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type MachineCheck, inspectMachine } from '@quicksand/isolation';
import { SandboxError } from '@quicksand/protocol';
import { readEnvironment } from './environment.ts';
import { defaultDataFolder } from './folders.ts';
import { assertShowable } from './reach.ts';
import { toUidRange } from './uid-pool.ts';

/**
 * Tries everything that a host with this data folder needs on this machine: what isolates, and what its kernels run on. Leaves nothing behind.
 * `judgeMachine` says what it means.
 *
 * @example
 * const { starts, obstacles } = judgeMachine(await inspectHost())
 */
export async function inspectHost(dataFolder: string = defaultDataFolder()): Promise<MachineCheck[]> {
  const machine = await inspectMachine({ uids: toUidRange(dataFolder) });
  return [...machine, await checkEnvironment(dataFolder), await checkDataFolder(dataFolder)];
}

async function checkEnvironment(dataFolder: string): Promise<MachineCheck> {
  const base = { part: 'Python environment', strength: 'required' } as const;
  try {
    const { python, version, packages, source } = await readEnvironment(dataFolder);
    await promisify(execFile)(python, ['-c', 'import IPython'], { cwd: '/', env: {} });
    return { ...base, ok: true, found: `Python ${version}, ${Object.keys(packages).length} packages (${source})` };
  } catch (error) {
    const found = SandboxError.is(error) ? error.message : `it does not work: ${(error as Error).message.trim()}`;
    return { ...base, ok: false, found, fix: 'npx quicksand setup' };
  }
}

async function checkDataFolder(dataFolder: string): Promise<MachineCheck> {
  const base = { part: 'data folder', strength: 'required' } as const;
  const exists = await stat(dataFolder).then(
    () => true,
    () => false,
  );
  if (!exists) return { ...base, ok: false, found: `${dataFolder} is not there`, fix: 'npx quicksand setup' };
  try {
    await assertShowable(dataFolder);
    return { ...base, ok: true, found: dataFolder };
  } catch (error) {
    const { message, hint = '' } = error as SandboxError;
    return { ...base, ok: false, found: message, fix: hint.replace(/^.*, or run: /, '') };
  }
}
