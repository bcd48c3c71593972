import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A Python program that entered a group before it started. */
export interface Inside {
  readonly pid: number;
  readonly child: ChildProcess;
  /** The next line of its standard output. */
  readonly line: () => Promise<string>;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
}

/** Runs Python code in the groups of `entryFiles`, as the zygote's children do: the process writes itself into each file. */
export function runInside(entryFiles: readonly string[], code: string): Inside {
  const enter = 'import os,sys\nfor f in sys.argv[2:]: open(f,"w").write("0")\nexec(sys.argv[1])';
  const child = spawn('/usr/bin/python3', ['-uc', enter, code, ...entryFiles], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout as Readable)[Symbol.asyncIterator]();
  const ended = once(child, 'exit').then(([exitCode, signal]) => ({
    code: exitCode as number | null,
    signal: signal as string | null,
  }));
  return { pid: child.pid ?? 0, child, ended, line: async () => String((await lines.next()).value) };
}
