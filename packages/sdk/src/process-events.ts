import type { ProcessEvent } from '@quicksand/protocol';
import type { Connection } from './connection.ts';
import { readEvents } from './read-events.ts';
import { resumeRun } from './run-link.ts';

/** The events of a process from the oldest that is held to its end, across broken connections. Throws what `readEvents` throws. */
export async function* readProcessEvents(
  connection: Connection,
  id: string,
  signal?: AbortSignal,
): AsyncGenerator<ProcessEvent, void, undefined> {
  const run = { kind: 'process', id } as const;
  const open = async (after: number | undefined) => (await resumeRun(connection, run, { after, signal })).body;
  const first = await open(undefined);
  yield* readEvents<ProcessEvent>({ ...run, first, after: undefined, resume: open, signal });
}
