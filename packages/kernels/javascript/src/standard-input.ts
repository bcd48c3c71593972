import { Readable } from 'node:stream';
import { UserError, forUser } from './user-realm.ts';

const message = `question() cannot be answered: nobody sits at a keyboard here. Put the value into the code, pass it with envVars and read process.env, or read it from a file.`;

/** Has nothing to read. */
class EmptyInput extends Readable {
  readonly fd = 0;

  override _read(): void {
    this.push(null);
  }
}

type Ask = (this: { readonly input: unknown; readonly closed: boolean }, ...args: unknown[]) => unknown;

/** Whoever reads `process.stdin` is at its end at once, in every execution anew; and what nobody can answer fails, instead of being waited for. */
export function ownStandardInput(): void {
  let input: EmptyInput | undefined;
  const get = (): EmptyInput => {
    if (!input) refuseQuestions();
    if (!input || input.readableEnded || input.destroyed) input = new EmptyInput();
    return input;
  };
  Object.defineProperty(process, 'stdin', { get, configurable: true, enumerable: true });
}

/** In all of the ways in which Node asks. */
function refuseQuestions(): void {
  const { Interface } = process.getBuiltinModule('node:readline');
  const base = Object.getPrototypeOf(Interface.prototype) as Record<symbol, Ask>;
  const name = Object.getOwnPropertySymbols(base).find(({ description }) => description === 'kQuestion');
  const ask = name && base[name];
  if (!ask) return;
  base[name] = forUser(function (this: ThisParameterType<Ask>, ...args: unknown[]) {
    if (this.input instanceof EmptyInput && !this.closed) throw new UserError(message);
    return Reflect.apply(ask, this, args);
  });
}
