import { SandboxError } from '@quicksand/protocol';

/** Options of Cloudflare's that are refused whatever their value, with a reason of their own: no hint offers them. */
const refused: readonly string[] = ['sessionId', 'bufferSize'];

/** Throws `invalid_request` for an option that is none of the `known` ones: it would have no effect. `owner` is what has the options. */
export function assertKnown(owner: string, options: object, known: readonly string[]): void {
  const offered = known.filter((name) => !refused.includes(name));
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue;
    throw new SandboxError('invalid_request', {
      message: `${owner} has no option ${JSON.stringify(name)}`,
      hint: offered.length > 0 ? `it has: ${offered.join(', ')}` : 'leave it out: it has none',
      details: { option: name },
    });
  }
}
