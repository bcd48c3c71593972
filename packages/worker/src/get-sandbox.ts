import { type SandboxOptions, type SandboxTarget, getSandbox as getClient } from '@quicksand/sdk';
import type { Sandbox } from './sandbox.ts';

/**
 * Names a sandbox: the sdk's `getSandbox`, with the type that a Worker's programs expect. Sends nothing. Throws `invalid_request` and `unsupported`.
 *
 * @example
 * const sandbox = getSandbox(env.SANDBOX, 'my-sandbox')
 * const { logs } = await sandbox.runCode('print("hello")')
 */
export const getSandbox: (target: SandboxTarget, id: string, options?: SandboxOptions) => Sandbox = getClient as never;
