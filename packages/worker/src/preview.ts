import { WorkerEntrypoint } from 'cloudflare:workers';
import { SandboxError } from '@quicksand/protocol';
import { toErrorResponse } from './error-response.ts';
import type { Sandbox } from './sandbox.ts';

// What Workers for Cloudflare's package import beside what a sandbox has here, so that they are built as they are.

/** The binding that `proxyToSandbox` is given. */
export interface SandboxEnv<T extends Rpc.DurableObjectBranded = Sandbox> {
  Sandbox: DurableObjectNamespace<T>;
}

/** Resolves with null, which says that a request is not for the preview URL of a port: sandboxes have no ports, and so no such URLs. */
export async function proxyToSandbox(_request: Request, _env: object): Promise<Response | null> {
  return null;
}

/** Rejects with `unsupported`: sandboxes have no terminal. */
export async function proxyTerminal(..._values: unknown[]): Promise<Response> {
  throw new SandboxError('unsupported', {
    message: 'proxyTerminal is not supported',
    hint: 'use exec, execStream or startProcess; a sandbox has no terminal',
  });
}

/** May be exported beside `Sandbox`, and is never asked: sandboxes have no network. */
export class ContainerProxy extends WorkerEntrypoint {
  override async fetch(): Promise<Response> {
    return toErrorResponse(
      new SandboxError('unsupported', { message: 'a sandbox has no network', hint: 'leave ContainerProxy out' }),
    );
  }
}
