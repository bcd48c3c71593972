import type { Sandbox as SandboxClient } from '@quicksand/sdk';
import { SandboxObject } from './sandbox-object.ts';

/**
 * The Durable Object class to export and bind. One class, as in Cloudflare's SDK, is also the type of what `getSandbox` returns: a program names its
 * binding `DurableObjectNamespace<Sandbox>` and its variables `Sandbox`.
 *
 * @example
 * export { Sandbox } from '@quicksand/worker'
 */
export const Sandbox = SandboxObject;

/** A sandbox, as a program outside it sees it. The brand is Cloudflare's, for types alone: it lets a namespace be one of these. */
export type Sandbox = SandboxClient & Rpc.DurableObjectBranded;
