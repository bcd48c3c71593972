import { SandboxError } from '@quicksand/protocol';
import type { HostLimits } from './host-limits.ts';

/** A timeout that was asked for, in milliseconds. Throws `invalid_request` when it is longer than the host allows. */
export function toTimeout(timeout: number, { maxTimeoutMs }: Pick<HostLimits, 'maxTimeoutMs'>): number {
  if (timeout <= maxTimeoutMs) return timeout;
  throw new SandboxError('invalid_request', {
    message: `timeout: ${timeout} ms is more than this host allows`,
    hint: `ask for at most ${maxTimeoutMs} ms`,
    details: { timeout, maxTimeoutMs },
  });
}
