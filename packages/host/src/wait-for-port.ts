import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { PortQuery } from '@quicksand/protocol';
import type { Command } from './command.ts';
import { probeHttp } from './probe-http.ts';
import type { Sandbox } from './sandbox.ts';

/** What {@link waitForPort} waits for. */
export interface PortWait {
  readonly process: Command;
  /** Undefined when it has ended. */
  readonly sandbox: Sandbox | undefined;
  readonly query: PortQuery;
  readonly signal: AbortSignal;
}

/** Whether the port was ready in the time that was given, or the process had ended. */
export interface PortState {
  readonly ready: boolean;
  readonly exited: boolean;
  readonly exitCode?: number;
}

/** How often a port is looked at, in milliseconds: that costs the reading of a file. */
const lookMs = 25;

/**
 * Waits until something in a sandbox listens on a port, and, where asked, answers HTTP. The host makes no connection of its own into a sandbox: it
 * reads Linux's list of sockets, and a program inside asks.
 */
export async function waitForPort({ process, sandbox, query, signal }: PortWait): Promise<PortState> {
  const until = performance.now() + query.wait;
  let nextAsk = 0;
  for (;;) {
    if (sandbox && (await isListening(sandbox, query.port))) {
      if (query.mode === 'tcp') return { ready: true, exited: false };
      if (performance.now() >= nextAsk) {
        const status = await probeHttp(sandbox, query);
        if (status >= query.statusMin && status <= query.statusMax) return { ready: true, exited: false };
        nextAsk = performance.now() + query.interval;
      }
    }
    const { status, exitCode } = process.info;
    if (status !== 'running' || !sandbox)
      return { ready: false, exited: true, ...(exitCode !== undefined && { exitCode }) };
    if (performance.now() >= until || signal.aborted) return { ready: false, exited: false };
    await setTimeout(Math.min(lookMs, Math.max(1, until - performance.now())));
  }
}

async function isListening(sandbox: Sandbox, port: number): Promise<boolean> {
  const pid = await sandbox.holderPid();
  const lists = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'latin1').catch(() => '')),
  );
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  // Columns of proc_pid_net(5): number, local address, remote address, state; 0A is LISTEN.
  const listener = new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F]+:0000 0A `, 'm');
  return lists.some((list) => listener.test(list));
}
