import { type WeakPart, enterNamespace } from '@quicksand/host';
import { SandboxError } from '@quicksand/protocol';

/** Options of every command that needs a host. */
interface HostCommandOptions {
  readonly allowWeak: readonly WeakPart[];
}

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

/** An action that runs as root: an ordinary user's `quicksand` starts itself once more, in an outer namespace. */
export function asRoot<Args extends readonly unknown[]>(
  action: (...args: Args) => Promise<void>,
  {
    orAsIs = false,
  }: { /** Where no namespace can be had, the action runs without one. */ readonly orAsIs?: boolean } = {},
): (...args: Args) => Promise<void> {
  return async (...args) => {
    if (process.getuid?.() === 0) return action(...args);
    // Commander hands the options over behind the arguments, and itself last.
    const { allowWeak } = args.at(-2) as HostCommandOptions;
    const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)] as const;
    try {
      process.exitCode = await enterNamespace(again as [string, ...string[]], { allowWeak });
    } catch (error) {
      if (!orAsIs || !SandboxError.is(error)) throw error;
      await action(...args);
    }
  };
}
