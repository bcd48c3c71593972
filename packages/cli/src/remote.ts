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
