// A name of the user's that is also the name of a global. In a file of Node's it would be the file's alone; what a script declares stands in the way of
// the global for everybody in the process: for Node's own code, for packages and for this kernel. So it is called otherwise where code is evaluated.

const globals: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(globalThis));

// Nobody sees it where something repeats the name.
const invisible = '\u200c';

/** True of a name that means a global of Node's where code has not declared it. */
export function isGlobalName(name: string): boolean {
  return globals.has(name);
}

/** What a name that code has declared at its top is called where the code is evaluated. */
export function evaluatedName(name: string): string {
  return globals.has(name) ? name + invisible : name;
}

// Always a whole name: what goes on behind it is a text of the user's in a language that writes so.
const renamed = new RegExp(`(?<![\\w$])([A-Za-z]\\w*)${invisible}(?!\\p{ID_Continue})`, 'gu');

/** A text of V8's with the names that the user has written. */
export function withOwnNames(text: string): string {
  if (!text.includes(invisible)) return text;
  return text.replace(renamed, (found, name: string) => (globals.has(name) ? name : found));
}
