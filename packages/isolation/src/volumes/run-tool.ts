import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Launching } from '../launcher/open-launcher.ts';

/** Where tools of system administration are, also when the host's own PATH lacks them. */
export const toolPath = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Runs a program of system administration; what it said. */
export type RunTool = (program: string, args: readonly string[]) => Promise<string>;

const env = { PATH: toolPath, LC_ALL: 'C' };

/** The same as {@link runTool}, by a launcher. */
export function toLaunchedTool(launcher: Launching): RunTool {
  return async (program, args) => {
    const { code, signal, said } = await (await launcher.start({ argv: [program, ...args], env })).ended;
    if (code !== 0) throw toError(program, said['2'], signal ?? code);
    return said['1'];
  };
}

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
  if (!expected.includes(code as number)) throw toError(program, complaint, signal ?? code);
  return output;
}

function toError(program: string, complaint: string, end: unknown): Error {
  return new Error(`${program}: ${complaint.trim() || `ended with ${String(end)}`}`);
}
