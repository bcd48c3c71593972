import { randomUUID } from 'node:crypto';
import { SandboxError } from '@quicksand/protocol';
import type { Box, RunFields } from '../src/box.ts';
import type { EventReader } from '../src/event-reader.ts';
import { Run, type SeenEvent } from '../src/run.ts';
import { setTimeout } from 'node:timers/promises';

/** A run over a way that breaks: what was seen of it, over as many connections as it took. */
export interface ResumedRun {
  readonly run: Run;
  readonly connections: number;
}

/** Most connections for one run, and the pause between them in milliseconds. */
const maxConnections = 500;
const pauseMs = 5;

/**
 * Runs code and reads it to its end, asking for what comes after the last event whenever the connection breaks. Each event is checked: its shape, and
 * that its id is one above the last. Throws the `SandboxError` of a host that answers with one, and what `isOver` returns, where the host has gone.
 */
export async function runResuming(
  box: Box,
  code: string,
  { isOver, ...fields }: RunFields & { isOver?: (hasStarted: boolean) => Error | undefined },
): Promise<ResumedRun> {
  const { executionId = randomUUID() } = fields;
  const seen: SeenEvent[] = [];
  let hasStarted = false;
  let last: unknown;
  for (let connections = 1; connections <= maxConnections; connections++) {
    let reader: EventReader | undefined;
    try {
      // Until an answer has come nobody knows whether the request has arrived: the same id never runs twice.
      reader = hasStarted
        ? await box.resume(executionId, seen.at(-1)?.id ?? 0)
        : await box.start(code, { onDisconnect: { graceMs: 30_000 }, ...fields, executionId });
      hasStarted = true;
      while (await reader.next());
    } catch (error) {
      if (SandboxError.is(error) || isBroken(error)) throw error;
      last = error;
    }
    seen.push(...(reader?.seen ?? []));
    const run = new Run(seen);
    if (run.events.at(-1)?.type === 'execution_complete') return { run, connections };
    const over = isOver?.(hasStarted);
    if (over) throw over;
    await setTimeout(pauseMs);
  }
  throw new Error(`no end after ${maxConnections} connections; the last broke with ${String(last)}`);
}

/** A rule that does not hold is no connection that broke. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && /^R\d:/.test(error.message);
}
