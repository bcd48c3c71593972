import { SandboxError } from '@quicksand/protocol';

/** How the content of a file is written down: as text, or as base64. */
export type FileEncoding = 'utf-8' | 'utf8' | 'base64' | 'none';

/** Throws `unsupported` for a session, which would have no effect. */
export function assertNoSession(sessionId: string | undefined): void {
  if (sessionId === undefined) return;
  throw new SandboxError('unsupported', {
    message: `the option sessionId: ${JSON.stringify(sessionId)} of a file is not supported`,
    hint: 'leave it out: a sandbox has no sessions, and a relative path begins at /workspace',
    details: { option: 'sessionId' },
  });
}

/** The name of an encoding. Throws `invalid_request` for one that there is not. */
export function toEncoding<T extends FileEncoding>(
  encoding: string | undefined,
  known: readonly T[],
): Exclude<T, 'utf8'> | undefined {
  const named = encoding === 'utf8' ? 'utf-8' : encoding;
  const found = known.find((name) => name === named);
  if (found !== undefined || encoding === undefined) return found as Exclude<T, 'utf8'> | undefined;
  throw new SandboxError('invalid_request', {
    message: `encoding: ${JSON.stringify(encoding)} is none of ${known.join(', ')}`,
    hint: 'leave it out for text',
  });
}

/** What every result of a file operation says. */
export function succeeded(path: string): { success: true; path: string; timestamp: string } {
  return { success: true, path, timestamp: new Date().toISOString() };
}
