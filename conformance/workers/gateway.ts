import type { Sandbox } from '@quicksand/worker';

export { Sandbox } from '@quicksand/worker';

interface Env {
  readonly SANDBOX: DurableObjectNamespace<Sandbox>;
}

/** Passes every request on to the object of the sandbox that it names, as it is. */
export default {
  fetch(request: Request, env: Env): Promise<Response> {
    const name = /^\/v1\/sandboxes\/([^/]+)/.exec(new URL(request.url).pathname)?.[1] ?? 'no sandbox';
    return env.SANDBOX.get(env.SANDBOX.idFromName(name)).fetch(request);
  },
};
