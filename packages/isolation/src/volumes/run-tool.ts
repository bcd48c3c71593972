import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Where tools of system administration are, also when the host's own PATH lacks them. */
const path = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Runs a program with no input. Throws an Error with what it said when it is missing or fails. */
export async function runTool(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/', env: { PATH: path, LC_ALL: 'C' } });
  const [output, complaint, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`${program}: ${complaint.trim() || `ended with ${signal ?? code}`}`);
  return output;
}
