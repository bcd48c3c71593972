// The part of the Workers runtime's types that Cloudflare's declarations and the programs beside this file name.

interface DurableObjectId {
  toString(): string;
  equals(other: DurableObjectId): boolean;
  readonly name?: string;
}

type DurableObjectStub<T> = T & {
  readonly id: DurableObjectId;
  fetch(input: Request | string | URL, init?: RequestInit): Promise<Response>;
};

interface DurableObjectNamespace<T = unknown> {
  newUniqueId(): DurableObjectId;
  idFromName(name: string): DurableObjectId;
  idFromString(id: string): DurableObjectId;
  get(id: DurableObjectId, options?: { locationHint?: string }): DurableObjectStub<T>;
  getByName(name: string, options?: { locationHint?: string }): DurableObjectStub<T>;
}

interface DurableObjectState<Props = unknown> {
  readonly id: DurableObjectId;
  readonly props?: Props;
}

declare module 'cloudflare:workers' {
  export class DurableObject<Env = unknown> {
    protected ctx: DurableObjectState;
    protected env: Env;
    constructor(ctx: DurableObjectState, env: Env);
  }
  export class WorkerEntrypoint<Env = unknown> {
    protected env: Env;
  }
}
