import { SandboxError } from '@quicksand/protocol';

const changes = 'runCode with trackFiles tells which files an execution touched; listFiles tells times and sizes';
const network = 'a sandbox has no network and no ports';
const session =
  'give cwd and env to each command; use createCodeContext for code: each context has its own variables and environment';
const lifetime = 'a sandbox starts at its first use; end it with destroy()';
const storage = 'keep files in /workspace; nothing else can be mounted or saved';

/** What Cloudflare's sandbox has and this one does not have yet, each with what to do instead. */
const hints = {
  terminal: 'use exec, execStream or startProcess; a sandbox has no terminal',
  gitCheckout: network,
  watch: changes,
  checkChanges: changes,
  createSession: session,
  getSession: session,
  deleteSession: session,
  exposePort: network,
  unexposePort: network,
  getExposedPorts: network,
  isPortExposed: network,
  validatePortToken: network,
  'tunnels.get': network,
  'tunnels.list': network,
  'tunnels.destroy': network,
  fetch: network,
  containerFetch: network,
  wsConnect: network,
  mountBucket: storage,
  unmountBucket: storage,
  createBackup: storage,
  restoreBackup: storage,
  getContainerPlacementId: 'sandboxes here have no placement',
  setContainerTimeouts: lifetime,
  setTransport: 'the transport is always HTTP',
  setLabels: 'sandboxes have no labels',
} as const satisfies Record<string, string>;

type Name = keyof typeof hints;
type Missing = (...values: unknown[]) => Promise<never>;

/** The methods of Cloudflare's sandbox that reject with `unsupported` here. */
export type UnsupportedMethods = { readonly [Key in Exclude<Name, `${string}.${string}`>]: Missing } & {
  readonly tunnels: { readonly [Key in Name as Key extends `tunnels.${infer Method}` ? Method : never]: Missing };
};

function toMissing(name: string, hint: string): Missing {
  return () =>
    Promise.reject(
      new SandboxError('unsupported', {
        message: `sandbox.${name} is not supported yet`,
        hint,
        details: { method: name },
      }),
    );
}

/** Makes the methods that reject. A name with a dot is a method of a member. */
export function createUnsupportedMethods(): UnsupportedMethods {
  const methods: Record<string, Missing | Record<string, Missing>> = {};
  for (const [name, hint] of Object.entries(hints)) {
    const [member = name, method] = name.split('.');
    if (method === undefined) methods[name] = toMissing(name, hint);
    else
      methods[member] = {
        ...(methods[member] as Record<string, Missing> | undefined),
        [method]: toMissing(name, hint),
      };
  }
  return methods as unknown as UnsupportedMethods;
}
