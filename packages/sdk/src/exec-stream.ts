import type { Connection } from './connection.ts';
import { type CommandLine, type StreamOptions, toCommandFields } from './exec-options.ts';
import { openRunStream } from './open-run-stream.ts';
import { startRun } from './run-link.ts';

/** Runs a command; the host's bytes, as they come. See `SandboxCommands.execStream`. */
export async function execStream(
  connection: Connection,
  command: CommandLine,
  options: StreamOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const { signal, commandId = crypto.randomUUID(), onDisconnect = 'interrupt' } = options;
  signal?.throwIfAborted();
  const body = { ...toCommandFields('execStream', command, options), commandId, onDisconnect };
  return openRunStream(connection, { kind: 'command', id: commandId }, signal, () =>
    startRun(connection, 'command', body, signal),
  );
}
