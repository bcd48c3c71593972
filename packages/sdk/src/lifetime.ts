import { SandboxError, lifetimeHeaders, parseSleepAfter } from '@quicksand/protocol';
import type { Connection } from './connection.ts';
import { nothing } from './contexts.ts';
import { requestJson } from './request-json.ts';
import type { SandboxOptions } from './sandbox-options.ts';

/** What a handle wants of its sandbox's lifetime; every request of it says so, since the sandbox may start anew with any of them. */
export interface Lifetime {
  sleepAfter: number | undefined;
  keepAlive: boolean | undefined;
}

/** The methods of a sandbox that are about its lifetime. */
export interface LifetimeMethods {
  /** Changes after how long without use the sandbox sleeps: seconds, or text such as `'10m'`. Rejects with `invalid_request`. */
  setSleepAfter(sleepAfter: string | number): Promise<void>;
  /** Says whether the sandbox lives until `destroy()`, however long it is idle. Rejects with `invalid_request`. */
  setKeepAlive(keepAlive: boolean): Promise<void>;
  /** Ends the sandbox's processes. Its files stay, and its next use starts it again. */
  stop(): Promise<void>;
  /**
   * Ends the sandbox, its processes and its files. The next use of its id starts an empty one. Where there is none, nothing is to be done: a `finally` can
   * call it, whatever came before.
   */
  destroy(): Promise<void>;
}

/** Throws `invalid_request` for a time that is none. */
export function createLifetime({ sleepAfter, keepAlive }: SandboxOptions): Lifetime {
  return {
    sleepAfter: sleepAfter === undefined ? undefined : parseSleepAfter(sleepAfter),
    keepAlive: keepAlive === undefined ? undefined : parseKeepAlive(keepAlive),
  };
}

export function toLifetimeHeaders({ sleepAfter, keepAlive }: Lifetime): Record<string, string> {
  return {
    ...(sleepAfter !== undefined && { [lifetimeHeaders.sleepAfter]: String(sleepAfter) }),
    ...(keepAlive !== undefined && { [lifetimeHeaders.keepAlive]: String(keepAlive) }),
  };
}

export function createLifetimeMethods(connection: Connection, lifetime: Lifetime): LifetimeMethods {
  const tell = async (): Promise<void> => {
    const { sleepAfter, keepAlive } = lifetime;
    // One that does not run is told when it starts.
    await requestJson(connection, 'setLifetime', { body: { sleepAfter, keepAlive }, parser: nothing }).catch(
      ignoreMissing,
    );
  };
  return {
    setSleepAfter: async (sleepAfter) => {
      lifetime.sleepAfter = parseSleepAfter(sleepAfter);
      await tell();
    },
    setKeepAlive: async (keepAlive) => {
      lifetime.keepAlive = parseKeepAlive(keepAlive);
      await tell();
    },
    stop: () => requestJson(connection, 'sleepSandbox', { parser: nothing }),
    destroy: () => requestJson(connection, 'deleteSandbox', { parser: nothing }).catch(ignoreMissing),
  };
}

function ignoreMissing(error: unknown): void {
  if (!SandboxError.is(error) || error.code !== 'sandbox_not_found') throw error;
}

function parseKeepAlive(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new SandboxError('invalid_request', {
    message: `keepAlive: ${JSON.stringify(value)} is neither true nor false`,
    hint: 'give true for a sandbox that never sleeps',
  });
}
