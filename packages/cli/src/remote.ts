import { type ErrorBody, SandboxError, routePath, routes } from '@quicksand/protocol';
import { type Sandbox, getSandbox } from '@quicksand/sdk';
import { type Command, Option } from 'commander';

/** Options of commands that ask a host which runs already. */
export interface RemoteOptions {
  readonly url: string;
  readonly token?: string;
}

/** Gives a command the options that say which host to ask. */
export function withRemoteOptions(command: Command): Command {
  return command
    .addOption(new Option('--url <url>', 'address of the host').env('QUICKSAND_URL').default('http://127.0.0.1:7070'))
    .addOption(new Option('--token <token>', 'bearer token of the host').env('QUICKSAND_TOKEN'));
}

/** A sandbox of the host that the options name. Throws `invalid_request`. */
export function openRemote(id: string, { url, token }: RemoteOptions): Sandbox {
  return getSandbox(url, id, { ...(token !== undefined && { token }) });
}

/** What an answer must be. */
interface Schema<T> {
  safeParse(value: unknown): { readonly data?: T | undefined };
}

/** What the host itself is asked for. */
interface HostRequest<T> {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly schema: Schema<T>;
}

/** Asks the host itself for something. Throws `connection_failed`, `bad_response` and what the host answers. */
export async function requestHost<T>(
  operation: 'listSandboxes' | 'deleteSandbox',
  { parameters = {}, schema }: HostRequest<T>,
  { url, token }: RemoteOptions,
): Promise<T> {
  // The sdk says what is wrong with an address.
  openRemote('any', { url });
  const address = url.replace(/\/+$/, '') + routePath(operation, parameters);
  const { method, status } = routes[operation];
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(address, { method, headers, redirect: 'manual' }).catch((cause: Error) => {
    throw new SandboxError('connection_failed', {
      message: `cannot reach ${url}: ${(cause.cause as Error | undefined)?.message ?? cause.message}`,
      hint: 'is `quicksand serve` running, and is this its address?',
      cause,
    });
  });
  const body = (await response.json().catch(() => undefined)) as ErrorBody | undefined;
  const { data } = schema.safeParse(body);
  if (response.status === status && data !== undefined) return data;
  throw (
    SandboxError.fromBody(body) ??
    new SandboxError('bad_response', { message: `${url} gave an answer that is not Quicksand's: ${response.status}` })
  );
}
