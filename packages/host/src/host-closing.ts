import { SandboxError } from '@quicksand/protocol';

/** What is answered when something should start while the host ends. */
export function hostClosing(): SandboxError {
  return new SandboxError('host_closing', { message: 'the host is shutting down', hint: 'try another host' });
}
