import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Frame, FrameDecoder, encodeFrame } from '@quicksand/protocol';

/** Which kernels are to have the cache: its V8 and the flags that it reads must be theirs. */
export interface CodeCacheParts {
  readonly node: string;
  readonly flags: readonly string[];
  /** The folder of the built kernel. */
  readonly folder: string;
}

/** What most kernels run at first: what is compiled for these is in the cache. */
const cells = [
  '1 + 1',
  'const list = [1, 2]; let { a, b: [c] } = { a: list, b: [3] }; var d = `${c}`; console.log(a, d); ({ a, d })',
  'function f(x) { for (const y of x) d += y; return d } class A {} f([1]); new A()',
  'import { join } from "node:path"; const { sep } = await import("node:path"); join(sep)',
  'throw new Error("x")',
  'a b',
];

const mostMs = 60_000;

/** Writes a file with the compiled code of a kernel of JavaScript, for its starts. Takes as long as a kernel and its first executions. */
export async function makeCodeCache(path: string, { node, flags, folder }: CodeCacheParts): Promise<void> {
  const stdio = ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'] as const;
  const args = [...flags, join(folder, 'cache-maker.cjs'), path];
  const child = spawn(node, args, { stdio: [...stdio], env: {}, cwd: '/', timeout: mostMs, killSignal: 'SIGKILL' });
  for (const fd of [4, 5]) (child.stdio[fd] as Readable).resume();
  const [[status], said] = await Promise.all([
    once(child, 'exit') as Promise<[number | null]>,
    text(child.stdio[2] as Readable),
    // Why it has ended too early, it says elsewhere.
    runCells(child.stdio[3] as Duplex).catch(() => {}),
  ]);
  if (status !== 0) throw new Error(`the code of the kernel was not compiled: status ${status}: ${said}`);
}

/** One after the other; then closes the channel. Returns early where the kernel has ended. */
async function runCells(channel: Duplex): Promise<void> {
  const decoder = new FrameDecoder();
  const run = (execution: number): void => {
    const request = { code: cells[execution - 1], envVars: {}, charts: true, marker: '0'.repeat(32) };
    const payload = Buffer.from(JSON.stringify(request));
    for (const frame of encodeFrame({ kind: 'execute', execution, payload })) channel.write(frame);
  };
  let execution = 1;
  run(execution);
  for await (const bytes of channel as AsyncIterable<Buffer>) {
    const isDone = decoder.push(Uint8Array.from(bytes)).some(({ kind }: Frame) => kind === 'done');
    if (isDone && ++execution > cells.length) return;
    if (isDone) run(execution);
  }
}
