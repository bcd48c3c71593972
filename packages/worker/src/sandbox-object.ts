import { DurableObject } from 'cloudflare:workers';
import { type Fetcher, SandboxError, parseSleepAfter } from '@quicksand/protocol';
import { ContainerHost } from './container-host.ts';
import { toErrorResponse } from './error-response.ts';
import type { SandboxVariables } from './sandbox-variables.ts';
import { createUrlHost } from './url-host.ts';

/**
 * The Durable Object of a sandbox: passes requests on to the host that runs it, which is the one at QUICKSAND_URL, else the one in its container. It may
 * be evicted at any time: nothing depends on its memory.
 */
export class SandboxObject<Env = unknown> extends DurableObject<Env> {
  /**
   * How long a sandbox in the container may be idle until it sleeps, unless `getSandbox` says otherwise: seconds, or a text such as `'30s'`, `'10m'` or
   * `'2h'`. An open stream is not idle. The container is stopped when none is awake.
   */
  sleepAfter: string | number = '10m';
  /** Environment of the host in the container, such as QUICKSAND_ALLOW_WEAK and QUICKSAND_LIMITS. Default: nothing beside its token. */
  envVars: Record<string, string> = {};
  #containerHost: ContainerHost | undefined;

  /** Answers the HTTP protocol. */
  override async fetch(request: Request): Promise<Response> {
    try {
      return await this.#findHost().fetch(request);
    } catch (error) {
      if (SandboxError.is(error)) return toErrorResponse(error);
      throw error;
    }
  }

  /** Looks whether the container is needed. Called by the runtime. */
  override async alarm(): Promise<void> {
    if (this.ctx.container) await this.#openContainerHost(this.ctx.container).alarm();
  }

  #findHost(): Fetcher {
    const { QUICKSAND_URL: url, QUICKSAND_TOKEN: token } = this.env as SandboxVariables;
    if (url) return createUrlHost(url, token || undefined);
    if (this.ctx.container) return this.#openContainerHost(this.ctx.container);
    throw new SandboxError('backend_unavailable', {
      message: 'the Worker has no host: QUICKSAND_URL is not set and no container is bound to its Durable Object',
      hint: 'set QUICKSAND_URL to the address of `quicksand serve`, or configure a container for the class',
    });
  }

  /** Made at its first use, when the fields of a class that extends this one are set. */
  #openContainerHost(container: Container): ContainerHost {
    return (this.#containerHost ??= new ContainerHost({
      container,
      storage: this.ctx.storage,
      // The object's own id, where no token is given: the same after an eviction, and nobody else reaches the port.
      token: (this.env as SandboxVariables).QUICKSAND_TOKEN || this.ctx.id.toString(),
      sleepAfterMs: parseSleepAfter(this.sleepAfter),
      envVars: this.envVars,
    }));
  }
}
