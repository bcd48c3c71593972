import { type Fetcher, SandboxError } from '@quicksand/protocol';

/** Options of `getSandbox`: Cloudflare's, `token` and `fetch`. What cannot be honoured throws `unsupported`; nothing is ignored. */
export interface SandboxOptions {
  /** Lowercases the sandbox's id. Default false. */
  normalizeId?: boolean;
  /**
   * How long a sandbox may be idle before it sleeps: its processes end, its files stay, its next use starts it again. Seconds, or text such as `'30s'`,
   * `'10m'`, `'1h'`. Default: that of the host, 10 minutes. What runs in the background does not count as use.
   */
  sleepAfter?: string | number;
  /** `true`: it never sleeps, and lives until `destroy()`. Default: false, or what another handle has set. */
  keepAlive?: boolean;
  /** Only `false`, the default here: each command is a shell of its own. */
  enableDefaultSession?: boolean;
  /** Not supported: a sandbox starts in milliseconds, and its errors say what it waited for. */
  containerTimeouts?: { instanceGetTimeoutMS?: number; portReadyTimeoutMS?: number; waitIntervalMS?: number };
  /** Only `'http'`, the default. */
  transport?: 'http' | 'websocket' | 'rpc';
  /** Not supported: sandboxes have no labels. */
  labels?: Record<string, string>;
  /** Beyond Cloudflare's API: the host's token, sent as `Authorization: Bearer`. */
  token?: string;
  /** Beyond Cloudflare's API: what sends the requests, for targets that are URLs. Default `globalThis.fetch`. */
  fetch?: Fetcher['fetch'];
}

const never = (): boolean => false;

/** For each option, whether a value can be honoured. */
const honoured: { readonly [Name in keyof Required<SandboxOptions>]: (value: unknown) => boolean } = {
  normalizeId: () => true,
  sleepAfter: () => true,
  keepAlive: () => true,
  enableDefaultSession: (value) => value === false,
  containerTimeouts: never,
  transport: (value) => value === 'http',
  labels: never,
  token: () => true,
  fetch: () => true,
};

/** What a hint offers: no option that is refused whatever its value. */
const offered = Object.entries(honoured).flatMap(([name, canBe]) => (canBe === never ? [] : [name]));

/** Throws `unsupported`, naming the option, when one would have no effect. */
export function assertHonoured(options: SandboxOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const known = Object.hasOwn(honoured, name);
    if (known && honoured[name as keyof SandboxOptions](value)) continue;
    throw new SandboxError('unsupported', {
      message: known
        ? `the option ${name} of getSandbox is not supported yet`
        : `getSandbox has no option ${JSON.stringify(name)}`,
      hint: known ? 'leave it out; it would have no effect' : `it has: ${offered.join(', ')}`,
      details: { option: name },
    });
  }
}
