import { existsSync } from 'node:fs';
import { Module, createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { URL, fileURLToPath, pathToFileURL } from 'node:url';
import { types } from 'node:util';
import { Script, constants } from 'node:vm';
import { type Owner, ownerNow } from './identity.ts';
import { type Piece, type PieceImport, asyncStart, kernelName } from './rewrite-code.ts';
import { UserSyntaxError, forUser, fromUser } from './user-realm.ts';

type FindFile = (specifier: string, parent: unknown, isMain: boolean, options: object) => string;

/** Which of the files of a package are for imports. */
const conditions = new Set(['node', 'import', 'module-sync', 'node-addons']);

type Import = (specifier: unknown, options?: unknown) => Promise<Record<string, unknown>>;

/** An import: who waits for it, while it has not come to an end, and how many of the same were stopped before. */
interface Loading {
  readonly owner: Owner | undefined;
  readonly stopped: number;
}

const cwd = process.cwd.bind(process);

const unparsed = /^SyntaxError: .*\n +at compileSourceTextModule \(node:/;
const rethrow = new Script(`throw ${kernelName}.broken`);

/** `import`, `require` and what goes with them, as code in a file of the current folder would have them. */
export class Modules {
  readonly #imports = new Map<string, Import>();
  readonly #requires = new Map<string, NodeJS.Require>();
  readonly #module: NodeModule;
  /** By folder and specifier. */
  readonly #loading = new Map<string, Loading>();
  #number = 0;
  #code = '';
  /** The path of the program in `process.argv`. */
  #told = '';
  #broken: unknown;
  #meta: { readonly filename?: string } = {};

  constructor() {
    const main = this.#main();
    // What modules have as `require.main`.
    process.mainModule = main;
    this.#module = main;
    const given = { require: this.#require(main), module: main, exports: main.exports };
    for (const [name, value] of Object.entries(given))
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
    for (const [name, get] of Object.entries({ __dirname: cwd, __filename: () => this.#file() }))
      Object.defineProperty(globalThis, name, { get, set: createSetter(name), configurable: true });
  }

  /** The number of the piece of code that runs. */
  begin(number: number): void {
    this.#number = number;
    // What code has made of it stays.
    if (process.argv[1] === this.#told) process.argv[1] = this.#told = this.#fileOrNone();
  }

  /** What a file with the path of the running code would hold. Node takes one that awaits for a module, which has no `require`. */
  hold(code: string, { isAsync, imports }: Pick<Piece<unknown>, 'isAsync' | 'imports'>): void {
    this.#code = isAsync && imports.length === 0 ? `${asyncStart}${code}\n})()` : code;
  }

  /** What runs, where somebody asks for the file of its path: there is none. */
  codeAt(file: unknown): string | undefined {
    const path = file instanceof URL && file.protocol === 'file:' ? fileURLToPath(file) : file;
    return path === this.#fileOrNone() && !existsSync(path) ? this.#code : undefined;
  }

  /** `import.meta`: the same one within an execution, until the folder changes. */
  get meta(): object {
    const filename = this.#file();
    if (this.#meta.filename !== filename) {
      const url = pathToFileURL(filename).href;
      const resolve = forUser((specifier: string): string => this.#resolve(`${specifier}`, url));
      const bare = Object.create(null) as ImportMeta;
      this.#meta = Object.assign(bare, { dirname: cwd(), filename, main: true, resolve, url });
    }
    return this.#meta;
  }

  /** As imports do it; whether a file is there is not asked. */
  #resolve(specifier: string, url: string): string {
    if (isBuiltin(specifier)) return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
    if (/^(\.{0,2}\/|\.{1,2}$|[a-z][\w+.-]*:)/i.test(specifier)) return new URL(specifier, url).href;
    const { _resolveFilename: find } = Module as unknown as { readonly _resolveFilename: FindFile };
    return pathToFileURL(find(specifier, this.#module, false, { conditions })).href;
  }

  /** `import()`. */
  async load(specifier: unknown, options?: unknown): Promise<Record<string, unknown>> {
    const importNow = this.#at(this.#imports, createImport);
    if (typeof specifier !== 'string') return this.#wait(importNow(specifier, options));
    const key = `${cwd()}\0${specifier}`;
    const before = this.#loading.get(key);
    const stopped = (before?.stopped ?? 0) + (before?.owner?.isStopped ? 1 : 0);
    const loading = { owner: ownerNow(), stopped };
    this.#loading.set(key, loading);
    try {
      return await this.#wait(importNow(stopped === 0 ? specifier : this.#another(specifier, stopped), options));
    } finally {
      if (this.#loading.get(key) === loading) {
        if (stopped === 0) this.#loading.delete(key);
        else this.#loading.set(key, { owner: undefined, stopped });
      }
    }
  }

  async #wait(found: Promise<Record<string, unknown>>): Promise<Record<string, unknown>> {
    try {
      return await fromUser(found);
    } catch (error) {
      this.#tellPlace(error);
      throw error;
    }
  }

  /** Node holds a module whose import was stopped as it was then, for ever. By another name, which tells the same file, it is another one. */
  #another(specifier: string, number: number): string {
    const url = new URL(this.#resolve(specifier, pathToFileURL(this.#file()).href));
    if (url.protocol !== 'node:') url.hash += `${url.hash === '' ? '' : '-'}${number}`;
    return url.href;
  }

  /** What was stopped while it was loaded is loaded anew where it is required again, as what has thrown is. */
  forgetStopped(): void {
    const { cache } = this.#at(this.#requires, createRequire);
    for (const [file, found] of Object.entries(cache)) if (found?.loaded === false) Reflect.deleteProperty(cache, file);
  }

  /** What is being thrown by {@link rethrow}. */
  get broken(): unknown {
    return this.#broken;
  }

  /** Node knows the place in a module that it could not parse, and tells it only of what is thrown by a script. */
  #tellPlace(error: unknown): void {
    try {
      if (!types.isNativeError(error) || !unparsed.test(error.stack ?? '')) return;
      this.#broken = error;
      rethrow.runInThisContext({ displayErrors: true });
    } catch {
      this.#broken = undefined;
    }
  }

  /** The values that a static import binds, by name. Rejects as the import does, and for an export that does not exist. */
  async bind({
    specifier,
    attributes,
    bindings,
  }: PieceImport): Promise<Array<readonly [name: string, value: unknown]>> {
    const found = await this.load(specifier, attributes && { with: attributes });
    const bound: Array<readonly [string, unknown]> = [];
    // A function that is called for each would be a frame of the error.
    for (const [exported, name] of bindings) {
      if (exported !== '*' && !(exported in found))
        throw new UserSyntaxError(`The requested module '${specifier}' does not provide an export named '${exported}'`);
      bound.push([name, exported === '*' ? found : found[exported]]);
    }
    return bound;
  }

  /** The folder may be gone. */
  #fileOrNone(): string {
    try {
      return this.#file();
    } catch {
      return '';
    }
  }

  #file(): string {
    const folder = cwd();
    return `${folder === '/' ? '' : folder}/cell-${this.#number}.js`;
  }

  #at<T>(known: Map<string, T>, create: (file: string) => T): T {
    const folder = cwd();
    let found = known.get(folder);
    if (!found) known.set(folder, (found = create(join(folder, 'cell.mjs'))));
    return found;
  }

  /** The module that code is part of: the one that is run. It follows the current folder. */
  #main(): NodeModule {
    const places = {
      filename: { get: () => this.#file() },
      path: { get: cwd },
      paths: { get: () => this.#at(this.#requires, createRequire).resolve.paths('a-package') },
    };
    return Object.defineProperties(new Module('.'), places);
  }

  /** Follows the current folder. */
  #require(main: NodeModule): NodeJS.Require {
    const now = (): NodeJS.Require => this.#at(this.#requires, createRequire);
    const require = forUser((id: string): unknown => now()(id));
    const resolve = Object.assign(
      forUser((...args: Parameters<NodeJS.RequireResolve>) => now().resolve(...args)),
      { paths: forUser((request: string) => now().resolve.paths(request)) },
    );
    const { cache, extensions } = now();
    return Object.assign(require, { resolve, cache, extensions, main }) as NodeJS.Require;
  }
}

/** To assign to it is to have a variable of that name. */
function createSetter(name: string): (value: unknown) => void {
  return (value) => {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  };
}

/** An `import()` that looks from where a file would be. */
function createImport(file: string): Import {
  const script = new Script('(specifier, options) => import(specifier, options)', {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return script.runInThisContext() as Import;
}
