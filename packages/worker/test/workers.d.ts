// The part of the Workers runtime's types that the tests beside this file name.

declare module 'cloudflare:workers' {
  import type { Execution } from '@quicksand/sdk';

  export class WorkerEntrypoint {}
  /** What packages/worker/test/agent.ts exports, behind calls between Workers. */
  export const exports: { readonly Agent: { run(code: string, options?: object): Promise<Execution> } };
}

/** A stream of the runtime's own. */
declare const IdentityTransformStream: new () => TransformStream<Uint8Array, Uint8Array>;
