import { readFileSync } from 'node:fs';
import { Script, constants, createContext } from 'node:vm';

/** The kernel as a function; `first` is what was read of the channel before: a part of a frame. */
type Main = (
  given: typeof globalThis,
  require: typeof process.getBuiltinModule,
  folder: string,
  first: Uint8Array,
) => void;

/** The kernel in a folder, all but its start. V8 takes a cache only where it was made of this code by the same V8 with the same flags, and compiles otherwise. */
export function readMainScript(folder: string, cachedData?: Buffer): Script {
  const filename = `${folder}/main.cjs`;
  const code = `(function (globalThis, require, __dirname, first) {${readFileSync(filename, 'latin1')}\n})`;
  return new Script(code, { filename, ...(cachedData && { cachedData }) });
}

/**
 * Runs the kernel in a realm of its own: it has the language as it was made, whatever code of the user makes of it, and is given the globals and modules
 * that this code has.
 */
export function runMainScript(script: Script, folder: string, first: Uint8Array): void {
  const realm = createContext(constants.DONT_CONTEXTIFY);
  (script.runInContext(realm) as Main)(globalThis, process.getBuiltinModule.bind(process), folder, first);
}
