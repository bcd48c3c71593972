import { type ProcessEvent, decodeSSEFrames } from '@quicksand/protocol';
import type { Command } from './command.ts';

/** What a process has written and is still held; `truncated` where there was more. */
export function readProcessLogs({ id, log }: Command): {
  processId: string;
  stdout: string;
  stderr: string;
  truncated: boolean;
} {
  const text = { stdout: '', stderr: '' };
  for (const event of decodeSSEFrames<ProcessEvent>(log.held())) {
    if (event.type === 'stdout' || event.type === 'stderr') text[event.type] += event.data;
  }
  return { processId: id, ...text, truncated: log.firstId > 1 };
}
