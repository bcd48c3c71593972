import type { WeakPart } from '@quicksand/host/about';
import { SandboxError } from '@quicksand/protocol';

/** Options of every command that needs a host. */
export interface HostCommandOptions {
  readonly allowWeak: readonly WeakPart[];
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
    const { enterNamespace } = await import('@quicksand/host');
    const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)] as const;
    try {
      process.exitCode = await enterNamespace(again as [string, ...string[]], { allowWeak });
    } catch (error) {
      if (!orAsIs || !SandboxError.is(error)) throw error;
      await action(...args);
    }
  };
}
