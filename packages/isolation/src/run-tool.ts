import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Where tools of system administration are, also when the host's own PATH lacks them. */
export const toolPath = '/usr/sbin:/usr/bin:/sbin:/bin';

const env = { PATH: toolPath, LC_ALL: 'C' };

/** Runs a program with no input. Throws an Error with what it said when it is missing or ends with a status that is not among `expected`. */
export async function runTool(
  program: string,
  args: readonly string[],
  expected: readonly number[] = [0],
): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/', env });
  const [output, complaint, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (!expected.includes(code as number))
    throw new Error(`${program}: ${complaint.trim() || `ended with ${String(signal ?? code)}`}`);
  return output;
}
