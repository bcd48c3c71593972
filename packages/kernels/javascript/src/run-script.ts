import { Script, constants } from 'node:vm';

const run = Reflect.get(Script.prototype, 'runInThisContext') as Script['runInThisContext'];

/** How a script ended. */
export type Ended = { readonly value: unknown } | { readonly error: unknown };

/** Compiles a script that is called `name` where errors tell their place. Its `import()` looks from the current folder. Throws what V8 finds wrong. */
export function compile(code: string, name: string, columnOffset: number = 0): Script {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  return new Script(code, { filename: name, columnOffset, importModuleDynamically });
}

/**
 * Runs a script in the context of the whole program. What it declares with `let` stays, and can never be declared again. It does not return when it is
 * interrupted.
 */
export function runScript(code: string | Script, name: string, columnOffset: number = 0): Ended {
  try {
    const script = typeof code === 'string' ? compile(code, name, columnOffset) : code;
    return { value: Reflect.apply(run, script, [{ displayErrors: false }]) };
  } catch (error) {
    return { error };
  }
}
