import type { SandboxError } from '@quicksand/protocol';

/** Says on standard error what went wrong, and what to do. */
export function reportError({ message, hint }: SandboxError): void {
  process.stderr.write(`quicksand: ${message}\n${hint ? `  ${hint}\n` : ''}`);
}
