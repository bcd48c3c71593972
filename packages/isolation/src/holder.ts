import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Readable, Writable } from 'node:stream';
import { SandboxError } from '@quicksand/protocol';
import { holderReady, toBubblewrapArguments } from './bubblewrap-arguments.ts';
import { toHolderCommand } from './holder-command.ts';
import type { RootPolicy } from './policy.ts';

/** How long the end of a holder is waited for, in milliseconds. */
const reapMs = 5000;

/** What {@link openHolder} starts. */
export interface HolderOptions {
  readonly policy: RootPolicy;
  /** The sandbox's ids outside. */
  readonly uid: number;
  readonly gid: number;
  /** The files of its groups, where it has to enter them by itself. */
  readonly procsFiles?: readonly string[];
  /** Path of the `bwrap` program. */
  readonly bubblewrap: string;
  /** The seccomp filter of every program in a sandbox, as BPF instructions: the holder is one of them (I1). */
  readonly seccompFilter: Uint8Array;
}

/** The process that keeps a sandbox's namespaces and mounts alive. Programs enter it; when it ends, every process inside ends. */
export interface Holder extends AsyncDisposable {
  /** Its pid as the host sees it: the first process inside. */
  readonly pid: number;
  /** The pid of bubblewrap itself, the parent of the first process inside. */
  readonly bubblewrapPid: number;
  /** Settles when the holder, and with it every process of the sandbox, has ended. */
  readonly ended: Promise<void>;
}

/** Starts a holder and waits until its namespaces are complete. Throws `sandbox_start_failed` with what bubblewrap said. */
export async function openHolder(options: HolderOptions): Promise<Holder> {
  const { policy, uid, gid, procsFiles, bubblewrap, seccompFilter } = options;
  const program = [bubblewrap, ...toBubblewrapArguments(policy)];
  const [command = '', ...args] = procsFiles ? toHolderCommand({ uid, gid, procsFiles }, program) : program;
  const child = spawn(command, args, {
    ...(procsFiles ? {} : { uid, gid }),
    cwd: '/',
    env: {},
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  const filter = child.stdio[4] as Writable;
  filter.on('error', () => {}); // of a bubblewrap that ended before it read
  filter.end(seccompFilter);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  const complaint = readStart(child.stderr as Readable);
  const info = text(child.stdio[3] as Readable).catch(() => '');
  const failure = new Promise<never>((_, reject) => {
    child.once('error', (cause) => reject(toStartError(cause.message, cause)));
    child.once('exit', (code, signal) => {
      void complaint.then((said) => reject(toStartError(said.trim() || `bubblewrap ended with ${signal ?? code}`)));
    });
  });
  failure.catch(() => {});
  try {
    // The info comes before bubblewrap has finished: setns would give EINVAL. The line from inside comes after.
    await Promise.race([waitForReady(child), failure]);
    const pid = (JSON.parse(await Promise.race([info, failure])) as { 'child-pid': number })['child-pid'];
    // From here on it has nothing to say; but code of the sandbox may write into its memory, and what it would say then nobody may keep (R8).
    for (const stream of [child.stdout, child.stderr]) stream?.destroy();
    return {
      pid,
      bubblewrapPid: child.pid as number,
      ended,
      [Symbol.asyncDispose]: () => endHolder(child, pid, ended),
    };
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
}

async function endHolder(child: ChildProcess, pid: number, ended: Promise<void>): Promise<void> {
  // While bubblewrap lives, the first process inside is its child, so the pid cannot have been given to another process.
  // Ending that one ends the whole pid namespace before bubblewrap exits.
  if (child.exitCode === null && child.signalCode === null) process.kill(pid, 'SIGKILL');
  // The kernel lets a pid namespace end when its dead are reaped. One whose parent died first is init's to reap, and not every init does.
  const timer = new AbortController();
  await Promise.race([ended, delay(reapMs, undefined, { signal: timer.signal, ref: false }).catch(() => {})]);
  timer.abort();
}

/** What a stream says, as far as anybody wants to read it. */
async function readStart(stream: Readable): Promise<string> {
  let said = '';
  try {
    for await (const chunk of stream) if (said.length < 4096) said += String(chunk);
  } catch {} // destroyed
  return said;
}

function waitForReady(child: ChildProcess): Promise<void> {
  const stdout = child.stdout as Readable;
  return new Promise((resolve) => {
    let seen = '';
    stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1');
      if (seen.includes(holderReady)) resolve();
    });
  });
}

function toStartError(said: string, cause?: Error): SandboxError {
  return new SandboxError('sandbox_start_failed', {
    message: `the sandbox could not be started: ${said}`,
    hint: 'run `quicksand doctor` on the host: it says what this machine lacks',
    cause,
  });
}
