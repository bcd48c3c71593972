import { SandboxError } from '@quicksand/protocol';
import type { Sandbox } from '@quicksand/sdk';

/** Whether a path in a sandbox leads to a folder. */
export async function isFolder(sandbox: Sandbox, path: string): Promise<boolean> {
  try {
    const { content } = await sandbox.readFile(path, { encoding: 'none' });
    await content.cancel();
    return false;
  } catch (error) {
    if (!SandboxError.is(error)) throw error;
    if (['file_not_found', 'not_regular', 'not_a_directory', 'permission_denied'].includes(error.code)) return false;
    if (error.code === 'is_directory') return true;
    throw error;
  }
}
