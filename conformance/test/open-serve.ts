import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { HostLimits } from '@quicksand/host';
import type { Fetcher } from '@quicksand/protocol';
import { Client } from '../src/client.ts';
import { createHttpFetcher } from './http-fetcher.ts';
import { limits, toArguments } from './limits.ts';
import type { OrdinaryUser } from './open-ordinary-user.ts';

const program = fileURLToPath(new URL('../../packages/cli/bin/quicksand.js', import.meta.url));

/** A host in a process of its own, as `quicksand serve` runs it. */
export interface Serve {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  readonly fetcher: Fetcher;
  readonly client: Client;
  /** Sends a signal, SIGTERM unless told otherwise, and settles with how the process ended. */
  end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<{ code: number | null; signal: string | null }>;
}

/** How {@link openServe} differs from what most tests need. */
export interface ServeChanges {
  readonly limits?: Partial<HostLimits>;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Starts `quicksand serve` on a free port with a data folder; settles when it listens. */
export function openServe(dataFolder: string, changes: ServeChanges = {}): Promise<Serve> {
  // Started as a shell starts it: by its first line, on this Node.
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH: path, QUICKSAND_HOME: dataFolder, ...changes.env };
  return startServe([program, 'serve', '--port', '0', ...toChangedArguments(changes)], env);
}

/** The same as an ordinary user. */
export function openOrdinaryServe(user: OrdinaryUser, changes: ServeChanges = {}): Promise<Serve> {
  const command = [user.reach(process.execPath), user.reach(program), 'serve', '--port', '0'];
  return startServe(
    user.as([...command, ...toChangedArguments(changes)], { ...(changes.env && { env: changes.env }) }),
    process.env,
  );
}

function toChangedArguments(changes: ServeChanges): string[] {
  return [...toArguments({ ...limits, ...changes.limits }), ...(changes.args ?? [])];
}

async function startServe([command = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<Serve> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  // Not inherited: one that outlives its test would keep open what the runner of the tests waits for.
  child.stderr.pipe(process.stderr, { end: false });
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  const { token, url } = await readAddress(child);
  const fetcher = createHttpFetcher(url);
  return {
    pid: child.pid ?? 0,
    url,
    token,
    fetcher,
    client: new Client({ fetcher, token, close: async () => {} }),
    async end(how = 'SIGTERM') {
      child.kill(how);
      const [code, signal] = await exited;
      return { code, signal };
    },
  };
}

/** Reads the lines that `serve` prints when it is ready. */
async function readAddress(child: ChildProcess): Promise<{ token: string; url: string }> {
  let token: string | undefined;
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    token = /^token: (.+)$/.exec(line)?.[1] ?? token;
    const url = /^quicksand listening on (.+)$/.exec(line)?.[1];
    if (url !== undefined && token !== undefined) return { token, url };
  }
  throw new Error(`serve ended before it listened: ${child.exitCode ?? child.signalCode}`);
}
