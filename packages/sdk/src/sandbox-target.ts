import { type Fetcher, SandboxError } from '@quicksand/protocol';

/** The part of a Durable Object namespace that is used. Cloudflare's `DurableObjectNamespace` fits. */
export interface SandboxNamespace {
  idFromName(name: string): object;
  get(id: object): Fetcher;
}

/** Where sandboxes are: the URL of a host, anything with `fetch(request)` such as an embedded host, or a Durable Object namespace. */
export type SandboxTarget = string | URL | Fetcher | SandboxNamespace;

/** A target, ready for requests. */
export interface Endpoint {
  readonly fetcher: Fetcher;
  /** What a request's URL begins with; no slash at the end. */
  readonly base: string;
  /** What error messages call it. */
  readonly name: string;
  /** What to look at when it cannot be reached. */
  readonly hint: string;
}

/** Finds out how to reach a target. Throws `invalid_request`. */
export function toEndpoint(target: SandboxTarget, sandboxId: string, fetch: Fetcher['fetch'] | undefined): Endpoint {
  if (typeof target === 'string' || target instanceof URL) return toUrlEndpoint(target, fetch);
  if (fetch)
    throw invalid('the option `fetch` is only for targets that are URLs', 'leave it out: the target itself is asked');
  // A stub answers to every name, as its methods are calls to the other side; so `fetch` is looked for first.
  if (isFetcher(target)) {
    return {
      fetcher: target,
      base: 'http://sandbox',
      name: 'the given Fetcher',
      hint: 'the cause says what its fetch rejected with',
    };
  }
  if (!isNamespace(target)) {
    throw invalid(
      'the target is no URL, nothing with a fetch method and no Durable Object namespace',
      'is the binding configured, and spelled as in the configuration?',
    );
  }
  return {
    // A stub that failed stays broken: each request gets a new one.
    fetcher: { fetch: (request) => target.get(target.idFromName(sandboxId)).fetch(request) },
    base: 'http://sandbox',
    name: `the Durable Object ${sandboxId}`,
    hint: 'the cause says what its fetch rejected with',
  };
}

function toUrlEndpoint(target: string | URL, fetch: Fetcher['fetch'] | undefined): Endpoint {
  const url = parseUrl(String(target));
  if (url.username || url.password)
    throw invalid('the URL of the host contains a name or a password', 'give the token as the option `token`');
  if (url.search || url.hash)
    throw invalid(
      'the URL of the host contains a query or a fragment',
      'give the address alone, such as http://127.0.0.1:7070',
    );
  const base = url.origin + url.pathname.replace(/\/+$/, '');
  return {
    fetcher: { fetch: fetch ?? ((request) => globalThis.fetch(request)) },
    base,
    name: base,
    hint: 'is `quicksand serve` running, and is this its address?',
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw invalid(
    `${JSON.stringify(text)} is not the http or https URL of a host`,
    'give the address that `quicksand serve` prints, such as http://127.0.0.1:7070',
  );
}

function isFetcher(target: unknown): target is Fetcher {
  return typeof (target as Partial<Fetcher> | null | undefined)?.fetch === 'function';
}

function isNamespace(target: unknown): target is SandboxNamespace {
  const { idFromName, get } = (target ?? {}) as Partial<SandboxNamespace>;
  return typeof idFromName === 'function' && typeof get === 'function';
}

function invalid(message: string, hint: string): SandboxError {
  return new SandboxError('invalid_request', { message, hint });
}
