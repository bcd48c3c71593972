import { SandboxError } from '@quicksand/protocol';
import { endedWith } from './cause.ts';
import type { KernelEnd } from './kernel.ts';

export function tooManyExecutions(contextId: string, queued: number): SandboxError {
  return new SandboxError('too_many_executions', {
    message: `${queued} executions already wait in context ${contextId}`,
    hint: 'wait for one to end, or create another context: contexts run in parallel',
    details: { contextId, queued },
  });
}

export function contextDeleted(contextId: string): SandboxError {
  return new SandboxError('context_not_found', {
    message: `context ${contextId} was deleted`,
    hint: 'create another one',
  });
}

export function endedAtOnce(end: KernelEnd): SandboxError {
  return new SandboxError('kernel_start_failed', {
    message: `the kernel ended as soon as it had started: ${endedWith(end).evalue}`,
  });
}
