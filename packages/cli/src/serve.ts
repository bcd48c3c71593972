import { randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { type WeakPart, createHost, listen } from '@quicksand/host';
import { SandboxError } from '@quicksand/protocol';
import { unlessAborted, watchEndSignals } from './end-signal.ts';

/** Options of `quicksand serve`. */
export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly token?: string;
  readonly limit: Readonly<Record<string, number>>;
  readonly allowWeak: readonly WeakPart[];
  readonly pool: number;
}

/** Serves a host until SIGTERM or SIGINT; then ends every process that it started. */
export async function serve({ port, host: hostname, token: given, ...options }: ServeOptions): Promise<void> {
  if (given === '')
    throw new SandboxError('invalid_request', { message: 'the token is empty', hint: 'leave it out to have one made' });
  if (given === undefined && !isLoopback(hostname)) {
    throw new SandboxError('invalid_request', {
      message: `${hostname} can be reached from other machines, and no token is given`,
      hint: 'give one with --token or in QUICKSAND_TOKEN',
    });
  }
  const token = given ?? randomBytes(24).toString('base64url');
  const signal = watchEndSignals();
  const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
  const { limit: limits, allowWeak, pool: poolSize } = options;
  await using host = await unlessAborted(createHost({ token, signal, limits, allowWeak, poolSize }), signal);
  if (!host) return;
  await using listener = await listen(host, { port, hostname }).catch(explainAddress(hostname, port));
  if (given === undefined) process.stdout.write(`token: ${token}\n`);
  process.stdout.write(`quicksand listening on ${listener.url}\n`);
  await stopped;
  process.stderr.write('quicksand: shutting down\n');
  // Running executions get their end event while the connections are still open.
  await host.close();
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '::1' || (isIPv4(hostname) && hostname.startsWith('127.'));
}

function explainAddress(hostname: string, port: number): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const why = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message;
    throw new SandboxError('invalid_request', {
      message: `cannot listen on ${hostname}, port ${port}: ${why}`,
      hint: 'choose another with --port; 0 takes a free one',
      cause: error,
    });
  };
}
