import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Interface, createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** A program that answers line by line. */
export interface LineProcess extends AsyncDisposable {
  readonly pid: number;
  /** Its next line; rejects when it has ended. */
  line(): Promise<string>;
  write(text: string): void;
}

/** Starts a program whose lines are read one after the other. */
export function openProcess(command: string, args: readonly string[], options: SpawnOptions = {}): LineProcess {
  const child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4096)));
  child.on('error', () => {});
  const lines: AsyncIterator<string> = (createInterface({ input: child.stdout as Readable }) as Interface)[
    Symbol.asyncIterator
  ]();
  const stdin = child.stdin as Writable;
  stdin.on('error', () => {});
  return {
    pid: child.pid ?? 0,
    async line() {
      const { done, value } = await lines.next();
      if (done)
        throw new Error(
          `${command} ${args.join(' ')} ended with ${child.exitCode ?? child.signalCode ?? 'an error'}\n${complaint}`,
        );
      return value;
    },
    write: (text) => void stdin.write(text),
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
