import { portStateSchema } from '@quicksand/protocol';
import { assertKnown } from './known-options.ts';
import { type NamedProcess, toExitedError, waitWithin } from './process-wait.ts';
import { raceAbort } from './race-abort.ts';
import { requestJson } from './request-json.ts';
import { askWithRetry } from './run-link.ts';

/** Options of `Process.waitForPort`. */
export interface WaitForPortOptions {
  /** `'http'` (default) asks for `path` and compares the status; `'tcp'` is content with a listener. */
  mode?: 'http' | 'tcp';
  /** Default `'/'`. */
  path?: string;
  /** The status that is wanted, or a range of them. Default 200 to 399. */
  status?: number | { min: number; max: number };
  /** How long to wait, in milliseconds. Default: until the process ends. */
  timeout?: number;
  /** How long to wait between two tries, in milliseconds. Default 500. */
  interval?: number;
}

/** How long the host is asked to wait in one request, in milliseconds: proxies cut off what is quiet for too long. */
const longestWaitMs = 20_000;

/** See `Process.waitForPort`. */
export async function waitForPort(
  process: NamedProcess,
  port: number,
  options: WaitForPortOptions = {},
): Promise<void> {
  assertKnown('waitForPort', options, ['mode', 'path', 'status', 'timeout', 'interval']);
  const { mode = 'http', path, status, timeout, interval } = options;
  const { min, max } = typeof status === 'number' ? { min: status, max: status } : (status ?? {});
  const asked = { mode, path, statusMin: min, statusMax: max, interval };
  const query = Object.fromEntries(
    Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
  const until = timeout === undefined ? Infinity : performance.now() + timeout;
  const condition = `port ${port} was ready`;
  return waitWithin(process, condition, timeout, async (signal) => {
    for (;;) {
      const left = Math.ceil(until - performance.now());
      const wait = String(Math.max(0, Math.min(longestWaitMs, left)));
      const request = {
        parameters: { processId: process.id, port: String(port) },
        query: { ...query, wait },
        parser: portStateSchema,
      };
      const answer = askWithRetry(() => requestJson(process.connection, 'getPort', request), signal);
      const { ready, exited, exitCode } = await raceAbort(answer, signal);
      if (ready) return;
      if (exited) throw toExitedError(process, condition, exitCode);
    }
  });
}
