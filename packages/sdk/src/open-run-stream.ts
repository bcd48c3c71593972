import { toAbortableStream } from './abortable-stream.ts';
import type { Connection } from './connection.ts';
import { type OpenedStream, type StartedKind, cancelRun } from './run-link.ts';

/**
 * The host's bytes, as they come; an abort ends the run as well. The body itself where there is no signal: it may be handed on without passing through
 * this program.
 */
export async function openRunStream(
  connection: Connection,
  { kind, id }: { readonly kind: StartedKind; readonly id: string },
  signal: AbortSignal | undefined,
  open: () => Promise<OpenedStream>,
): Promise<ReadableStream<Uint8Array>> {
  const cancel = (): Promise<void> => cancelRun(connection, kind, id);
  try {
    const { body } = await open();
    return signal ? toAbortableStream(body, signal, () => void cancel()) : body;
  } catch (error) {
    if (signal?.aborted) await cancel();
    throw error;
  }
}
