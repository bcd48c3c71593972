import { declaredMark, kernelName } from './rewrite-code.ts';
import { withOwnNames } from './shadowed-globals.ts';
import { UserFunction, forUser } from './user-realm.ts';

// The text of a function may be evaluated elsewhere, as in a worker, where nobody knows what rewritten code calls.

const { apply } = Reflect;
const real = Reflect.get(UserFunction.prototype, 'toString') as () => string;

/** Functions say that their code is as it was written, but for parentheses. */
export function ownFunctionTexts(): void {
  // As a method it has no prototype and cannot be constructed, like that of the language.
  const own = {
    toString(this: unknown): string {
      const text = toOwn(apply(real, this === own.toString ? real : this, []));
      return text.replace(declared, (_, before: string) => `${before} ${String((this as { name: unknown }).name)}`);
    },
  };
  const value = forUser(Reflect.get(own, 'toString') as () => string);
  Object.defineProperty(UserFunction.prototype, 'toString', { value, writable: true, configurable: true });
}

const declared = new RegExp(`^((?:async )?function\\*?)${declaredMark}`);
const called = new RegExp(`\\b${kernelName}\\.(thrown(?=\\()|load(?=\\()|meta\\b|constant\\.)`, 'g');
const written: Readonly<Record<string, string>> = { thrown: '', load: 'import', meta: 'import.meta', 'constant.': '' };

function toOwn(text: string): string {
  const named = withOwnNames(text);
  return named.includes(kernelName) ? named.replace(called, (found, what: string) => written[what] ?? found) : named;
}
