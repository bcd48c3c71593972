import { type Ended, runScript } from './run-script.ts';
import { type Declared, type Piece, kernelName } from './rewrite-code.ts';
import { evaluatedName } from './shadowed-globals.ts';

/** The variables of the context. Each is declared once, with `let`; to declare it again, as whatever, is to assign to it. */
export class Variables implements Declared {
  readonly names = new Set<string>();
  readonly constants = new Set<string>();
  /** Values on their way into variables. */
  readonly values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  /** Assign to variables, where something else of that name stands in front of them. */
  readonly put: Record<string, (value: unknown) => void> = Object.create(null) as Variables['put'];

  /** Declares what a piece of code declares, and assigns what it imports. */
  declare(
    { declared, reset, constants, hoisted }: Pick<Piece, 'declared' | 'reset' | 'constants' | 'hoisted'>,
    imported: ReadonlyArray<readonly [name: string, value: unknown]>,
  ): Ended {
    const unknown = declared.filter((name) => !this.names.has(name));
    const again = reset.filter((name) => this.names.has(name));
    for (const [name, value] of imported) this.values[name] = value;
    const code = [
      ...(unknown.length > 0 ? [`let ${unknown.map(evaluatedName).join()}`] : []),
      ...again.map((name) => `${evaluatedName(name)}=undefined`),
      ...hoisted.map((name) => `${kernelName}.put.${name}=(${kernelName})=>{${evaluatedName(name)}=${kernelName}}`),
      ...imported.map(([name]) => `${evaluatedName(name)}=${kernelName}.values.${name}`),
    ].join(';');
    const ended: Ended = code === '' ? { value: undefined } : runScript(code, 'declarations');
    for (const [name] of imported) delete this.values[name];
    if ('error' in ended) return ended;
    for (const name of declared) {
      this.names.add(name);
      if (constants.has(name)) this.constants.add(name);
      else this.constants.delete(name);
    }
    return ended;
  }
}
