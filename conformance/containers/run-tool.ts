import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a program printed; rejects with what it complained of. */
export async function runTool(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return (await promisify(execFile)(command, args, { env, encoding: 'utf8' })).stdout;
}
