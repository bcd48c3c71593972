import { type ProcessEvent, SandboxError } from '@quicksand/protocol';
import type { Connection } from './connection.ts';
import { readEvents } from './read-events.ts';
import { askWithRetry, toResume } from './run-link.ts';

/** How {@link readProcessEvents} reads. */
export interface ReadProcessOptions {
  readonly signal?: AbortSignal;
  /** True where events may be missed that the host no longer held: of a process that writes faster than they are read. */
  readonly mayMiss?: boolean;
}

/** The events of a process from the oldest that is held to its end, across broken connections. Throws what `readEvents` throws. */
export async function* readProcessEvents(
  connection: Connection,
  id: string,
  { signal, mayMiss = false }: ReadProcessOptions = {},
): AsyncGenerator<ProcessEvent, void, undefined> {
  const run = { kind: 'process', id } as const;
  const open = toResume(connection, run);
  for (;;) {
    const first = await askWithRetry(() => open(undefined, signal), signal);
    try {
      return yield* readEvents<ProcessEvent>({ ...run, first, after: undefined, resume: open, signal });
    } catch (error) {
      if (!mayMiss || !SandboxError.is(error) || error.code !== 'events_gone') throw error;
    }
  }
}
