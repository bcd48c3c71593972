import { accessSync } from 'node:fs';

/** The shell of command lines; sandboxes have the machine's own `/usr`. */
const shell = ['/bin/bash', '/bin/sh'].find(isThere) ?? '/bin/sh';

/**
 * The program of a command: a line goes to the shell as one argument, whatever is in it, and a list is a program and its arguments already.
 *
 * @example
 * toArgv('-x; ls') // ['/bin/bash', '-c', '--', '-x; ls']
 */
export function toArgv(command: string | readonly [string, ...string[]]): readonly [string, ...string[]] {
  return typeof command === 'string' ? [shell, '-c', '--', command] : command;
}

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
