import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';

/** Runs the kernel; `first` is what was read of the channel before: a part of a frame. */
export type Main = (require: typeof process.getBuiltinModule, folder: string, first: Uint8Array) => void;

/** The kernel in a folder, all but its start. V8 takes a cache only where it was made of this code by the same V8 with the same flags, and compiles otherwise. */
export function readMainScript(folder: string, cachedData?: Buffer): Script {
  const filename = `${folder}/main.cjs`;
  const code = `(function (require, __dirname, first) {${readFileSync(filename, 'latin1')}\n})`;
  return new Script(code, { filename, ...(cachedData && { cachedData }) });
}
