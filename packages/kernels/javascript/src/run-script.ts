import { Script, constants } from 'node:vm';

/** How a script ended. */
export type Ended = { readonly value: unknown } | { readonly error: unknown };

/**
 * Runs a script in the context of the whole program, called `name` where errors tell their place. What it declares with `let` stays, and can never be
 * declared again. Its `import()` looks from the current folder. It does not return when it is interrupted.
 */
export function runScript(code: string, name: string, columnOffset: number = 0): Ended {
  try {
    const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    const script = new Script(code, { filename: name, columnOffset, importModuleDynamically });
    return { value: script.runInThisContext({ displayErrors: false }) };
  } catch (error) {
    return { error };
  }
}
