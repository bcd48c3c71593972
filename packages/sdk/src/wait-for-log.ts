import { readProcessEvents } from './process-events.ts';
import { type NamedProcess, toExitedError, waitWithin } from './process-wait.ts';

/** The line that was waited for. */
export interface WaitForLogResult {
  line: string;
  /** What the expression matched, where one was given. */
  match?: RegExpMatchArray;
}

/** Most characters of a line without an end that are kept. */
const lineCharacters = 64 * 1024;

/** See `Process.waitForLog`. */
export function waitForLog(
  process: NamedProcess,
  pattern: string | RegExp,
  timeoutMs: number | undefined,
): Promise<WaitForLogResult> {
  const match = createMatcher(pattern);
  const condition = `it wrote ${typeof pattern === 'string' ? JSON.stringify(pattern) : String(pattern)}`;
  return waitWithin(process, condition, timeoutMs, async (signal) => {
    // The last line of each stream may go on, and counts as it is: a prompt has no end.
    const begun = { stdout: '', stderr: '' };
    let exitCode: number | undefined;
    for await (const event of readProcessEvents(process.connection, process.id, { signal, mayMiss: true })) {
      if (event.type === 'exit') exitCode = event.exitCode;
      if (event.type !== 'stdout' && event.type !== 'stderr') continue;
      const lines = (begun[event.type] + event.data).split('\n');
      for (const line of lines) {
        const found = match(line);
        if (found) return found;
      }
      begun[event.type] = (lines.at(-1) ?? '').slice(-lineCharacters);
    }
    throw toExitedError(process, condition, exitCode);
  });
}

function createMatcher(pattern: string | RegExp): (line: string) => WaitForLogResult | undefined {
  if (typeof pattern === 'string') return (line) => (line.includes(pattern) ? { line } : undefined);
  // With these flags an expression remembers where it was.
  const expression = new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ''));
  return (line) => {
    const match = line.match(expression);
    return match ? { line, match } : undefined;
  };
}
