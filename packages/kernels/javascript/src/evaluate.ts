import { type Runtime, Session } from 'node:inspector';

/** How an evaluation ended. `stopped`: it was terminated. */
export type Evaluated =
  | { readonly value: unknown }
  | { readonly error: unknown; readonly line: number | undefined }
  | 'stopped';


const objectGroup = 'cell';

/** V8's evaluation for prompts, where `let` may be declared again and `await` stands at the top. */
export class Evaluator {
  readonly session: Session = new Session();
  /** Values on their way into variables. */
  readonly values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  #handed: unknown;

  constructor() {
    this.session.connect();
  }

  /** Called by the evaluated {@link takeOver}: how a value gets from the inspector to here. */
  hand(value: unknown): void {
    this.#handed = value;
  }

  /** Evaluates a script that is called `name` where errors tell their place. */
  evaluate(code: string, name: string): Promise<Evaluated> {
    return new Promise((resolve) => {
      const expression = `${code}\n//# sourceURL=${name}`;
      const answer = (failure: Error | null, given?: Runtime.EvaluateReturnType): void =>
        resolve(failure || !given ? 'stopped' : this.#read(given));
      const wanted = { expression, objectGroup, replMode: true, silent: true };
      this.session.post('Runtime.evaluate', wanted, answer);
    });
  }

  /** Gives variables that are declared their values. */
  async assign(entries: ReadonlyArray<readonly [name: string, value: unknown]>): Promise<void> {
    for (const [name, value] of entries) this.values[name] = value;
    await this.evaluate(entries.map(([name]) => `${name}=__quicksand.values.${name}`).join(';'), 'declare');
    for (const [name] of entries) delete this.values[name];
  }

  #read({ result, exceptionDetails }: Runtime.EvaluateReturnType): Evaluated {
    const { exception, lineNumber } = exceptionDetails ?? {};
    const value = this.#take(exception ?? result);
    this.session.post('Runtime.releaseObjectGroup', { objectGroup });
    // A place is told only where the error was thrown before anything was awaited.
    return exceptionDetails ? { error: value, line: lineNumber ? lineNumber + 1 : undefined } : { value };
  }

  #take(remote: Runtime.RemoteObject): unknown {
    const { objectId, unserializableValue, type, value } = remote;
    if (objectId === undefined) {
      if (unserializableValue === undefined) return value;
      return type === 'bigint' ? BigInt(unserializableValue.slice(0, -1)) : Number(unserializableValue);
    }
    this.session.post('Runtime.callFunctionOn', {
      functionDeclaration: takeOver,
      objectId,
      arguments: [{ objectId }],
      silent: true,
    });
    const handed = this.#handed;
    this.#handed = undefined;
    return handed;
  }
}

const takeOver = 'function(value) { __quicksand.hand(value) }';
