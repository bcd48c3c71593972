import { SandboxError, sandboxIdSchema } from '@quicksand/protocol';
import { createConnection } from './connection.ts';
import { createLifetime, toLifetimeHeaders } from './lifetime.ts';
import { type SandboxOptions, assertHonoured } from './sandbox-options.ts';
import { type SandboxTarget, toEndpoint } from './sandbox-target.ts';
import { type Sandbox, createSandbox } from './sandbox.ts';

/**
 * Names a sandbox. Sends nothing: the sandbox starts at its first use. Throws `invalid_request` for a target, an id or a time that cannot be one, and
 * `unsupported` for an option that would have no effect.
 *
 * @example
 * const sandbox = getSandbox('http://127.0.0.1:7070', 'my-sandbox', { token: process.env.QUICKSAND_TOKEN })
 * const { logs } = await sandbox.runCode('print("hello")')
 */
export function getSandbox(target: SandboxTarget, id: string, options: SandboxOptions = {}): Sandbox {
  assertHonoured(options);
  const parsed = sandboxIdSchema.safeParse(options.normalizeId && typeof id === 'string' ? id.toLowerCase() : id);
  if (!parsed.success) {
    throw new SandboxError('invalid_request', {
      message: `${JSON.stringify(id)} is not the id of a sandbox: ${parsed.error.issues[0]?.message}`,
      hint: 'choose a name such as "my-sandbox"',
    });
  }
  const endpoint = toEndpoint(target, parsed.data, options.fetch);
  const lifetime = createLifetime(options);
  const headers = (): Record<string, string> => toLifetimeHeaders(lifetime);
  return createSandbox(
    parsed.data,
    createConnection(endpoint, parsed.data, { token: options.token, headers }),
    lifetime,
  );
}
