import { enterNamespace } from '@quicksand/host';
import { SandboxError } from '@quicksand/protocol';
import type { HostCommandOptions } from './as-root.ts';

/** Runs a program in an outer namespace of this user. The exit status is the program's. */
export async function enter(program: string, args: string[], { allowWeak }: HostCommandOptions): Promise<void> {
  if (process.getuid?.() === 0) {
    throw new SandboxError('invalid_request', {
      message: 'root needs no namespace to isolate sandboxes from',
      hint: `start the program itself: ${[program, ...args].join(' ')}`,
    });
  }
  process.exitCode = await enterNamespace([program, ...args], { allowWeak });
}
