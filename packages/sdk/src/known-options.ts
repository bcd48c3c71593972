import { SandboxError } from '@quicksand/protocol';

/** Throws `invalid_request` for an option that is none of the `known` ones: it would have no effect. `owner` is what has the options. */
export function assertKnown(owner: string, options: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue;
    throw new SandboxError('invalid_request', {
      message: `${owner} has no option ${JSON.stringify(name)}`,
      hint: known.length === 1 ? `it has ${known[0]} alone` : `it has: ${known.join(', ')}`,
      details: { option: name },
    });
  }
}
