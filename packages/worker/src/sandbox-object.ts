import { DurableObject } from 'cloudflare:workers';
import { type Fetcher, SandboxError } from '@quicksand/protocol';
import { toErrorResponse } from './error-response.ts';
import type { SandboxVariables } from './sandbox-variables.ts';
import { createUrlHost } from './url-host.ts';

/** The Durable Object of a sandbox: passes requests on to the host that runs it. It may be evicted at any time: nothing depends on its memory. */
export class SandboxObject<Env = unknown> extends DurableObject<Env> {
  /** Answers the HTTP protocol. */
  override async fetch(request: Request): Promise<Response> {
    try {
      return await this.#findHost().fetch(request);
    } catch (error) {
      if (SandboxError.is(error)) return toErrorResponse(error);
      throw error;
    }
  }

  #findHost(): Fetcher {
    const { QUICKSAND_URL: url, QUICKSAND_TOKEN: token } = this.env as SandboxVariables;
    if (url) return createUrlHost(url, token || undefined);
    throw new SandboxError('backend_unavailable', {
      message: 'the Worker has no host: QUICKSAND_URL is not set and no container is bound to its Durable Object',
      hint: 'set QUICKSAND_URL to the address of `quicksand serve`, or configure a container for the class',
    });
  }
}
