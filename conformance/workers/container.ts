import { Sandbox as SandboxObject } from '@quicksand/worker';

interface Env {
  readonly SANDBOX: DurableObjectNamespace<InstanceType<typeof SandboxObject>>;
  /** Seconds. */
  readonly SLEEP_AFTER?: string;
  /** Limits of the host in the container. */
  readonly LIMITS?: string;
  /** The object of all sandboxes; each has its own where it is not set. */
  readonly OBJECT?: string;
}

/** A container that is told how long it may be idle and which limits it has. */
export class Sandbox extends SandboxObject<Env> {
  override sleepAfter = this.env.SLEEP_AFTER ?? '10m';
  override envVars = { QUICKSAND_LIMITS: this.env.LIMITS ?? '' };
}

/** Hands every request to the object of the sandbox that it names. */
export default {
  fetch(request: Request, env: Env): Promise<Response> {
    const name = /^\/v1\/sandboxes\/([^/]+)/.exec(new URL(request.url).pathname)?.[1] ?? 'no sandbox';
    return env.SANDBOX.get(env.SANDBOX.idFromName(env.OBJECT ?? name)).fetch(request);
  },
};
