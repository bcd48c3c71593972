import { encodeSSE } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import { readEvents } from '../src/read-events.ts';
import { complete, out } from './scripted-server.ts';

/** How long nothing may come, in milliseconds. */
const mostSilenceMs = 60;
const run = { kind: 'execution', id: 'e-1', after: 0, signal: undefined, mostSilenceMs } as const;

/** Events, and then nothing more, or a heartbeat now and then. */
function hangBehind(
  events: readonly object[],
  { beats = false, onCancel = () => {} } = {},
): ReadableStream<Uint8Array> {
  let timer: ReturnType<typeof setInterval> | undefined;
  return new ReadableStream({
    start(controller) {
      events.forEach((event, n) => controller.enqueue(encodeSSE(n + 1, event)));
      if (beats) timer = setInterval(() => controller.enqueue(new TextEncoder().encode(': \n\n')), 10);
    },
    cancel() {
      clearInterval(timer);
      onCancel();
    },
  });
}

test('a connection that brings nothing, and an answer that never comes, are given up, and the rest is resumed', async () => {
  let cancelled = 0;
  const asked: unknown[] = [];
  const resume = async (after: number | undefined, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> => {
    asked.push(after);
    if (asked.length > 1) return new Blob([encodeSSE(2, complete) as BlobPart]).stream();
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  };
  const seen: unknown[] = [];
  const first = hangBehind([out('a')], { onCancel: () => cancelled++ });
  for await (const { type } of readEvents<{ type: string }>({ ...run, first, resume })) seen.push(type);
  expect([seen, asked, cancelled]).toEqual([['stdout', 'execution_complete'], [1, 1], 1]);
});

test('heartbeats keep a quiet connection, and so does a reader that takes its time', async () => {
  const refuse = (): Promise<never> => Promise.reject(new Error('it was resumed'));
  const first = hangBehind([out('a'), out('b')], { beats: true });
  const abort = new AbortController();
  const { signal } = abort;
  const events = readEvents<{ type: string }>({ ...run, first, resume: refuse, signal });
  for (let n = 0; n < 2; n++) {
    expect((await events.next()).done).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 3 * mostSilenceMs));
  }
  const waiting = events.next();
  const passed = new Promise<string>((resolve) => setTimeout(resolve, 3 * mostSilenceMs, 'quiet'));
  expect(await Promise.race([waiting, passed])).toBe('quiet');
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
