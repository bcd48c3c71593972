import { setTimeout as delay } from 'node:timers/promises';
import { SandboxError } from '@quicksand/protocol';
import { listSources, toBubblewrapArguments } from './bubblewrap-arguments.ts';
import { toCompletion } from './completion.ts';
import type { HolderProgram } from './holder-program.ts';
import type { Launching } from './launcher/open-launcher.ts';
import type { RootPolicy } from './policy.ts';

/** How long the end of a holder is waited for, in milliseconds. */
const reapMs = 5000;

/** What {@link openHolder} starts. */
export interface HolderOptions {
  /** What starts bubblewrap. */
  readonly launcher: Launching;
  readonly policy: RootPolicy;
  /** The folder outside that appears as `/workspace`, writable; it may still be being opened. */
  readonly workspace: Promise<string>;
  /** The folder below which workspaces are mounted, which bubblewrap does not see. */
  readonly mounts: string;
  /** The sandbox's ids outside. */
  readonly uid: number;
  readonly gid: number;
  /** The files of its groups, which it enters by itself: see `ControlGroup.entryFiles`. */
  readonly cgroups: readonly string[];
  /** Path of the `bwrap` program. */
  readonly bubblewrap: string;
  readonly program: HolderProgram;
  /** The seccomp filter of every program in a sandbox, as BPF instructions: the holder is one of them (I1). */
  readonly seccompFilter: Uint8Array;
}

/** The process that keeps a sandbox's namespaces and mounts alive. Programs enter it; when it ends, every process inside ends. */
export interface Holder extends AsyncDisposable {
  /** Its pid as the host sees it: the first process inside. */
  readonly pid: number;
  /** Whether its namespaces are complete, so that they can be entered; that of processes is there before. */
  readonly isComplete: boolean;
  /** Settles when they are. Rejects with `sandbox_start_failed` and what bubblewrap said where it ends before. */
  readonly complete: Promise<void>;
  /** Settles when the holder, and with it every process of the sandbox, has ended. */
  readonly ended: Promise<void>;
}

/** Starts a holder, and settles when it has a pid. Throws `sandbox_start_failed` with what bubblewrap said. */
export async function openHolder(options: HolderOptions): Promise<Holder> {
  const { launcher, policy, workspace, mounts, uid, gid, cgroups, bubblewrap, program, seccompFilter } = options;
  // It may fail while nobody here waits for it yet.
  workspace.catch(() => {});
  const args = toBubblewrapArguments(policy, program.argv);
  const request = {
    argv: [bubblewrap, ...args] as const,
    view: {
      // With what bubblewrap itself is loaded from.
      paths: [bubblewrap, '/bin', '/lib', '/lib64', ...listSources(args)],
      without: mounts,
    },
    // With the ids of the host there is nothing to change, and in a namespace of one uid nothing may be.
    ...(uid !== 0 && { ids: { uid, gid } }),
    cgroups,
    // With it would go every context.
    spared: true,
    input: seccompFilter,
    info: true,
    ready: program.ready,
  };
  const child = await launcher.start(request).catch((cause: Error) => {
    throw toStartError(cause.message, cause);
  });
  let hasEnded = false;
  const ended = child.ended.then(() => void (hasEnded = true));
  const failure = child.ended.then(({ code, signal, said }) => {
    // What the program inside says when it is there is no complaint.
    const complaint = said['2'].includes(program.ready) ? '' : said['2'].trim();
    throw toStartError(complaint || `bubblewrap ended with ${signal ?? code}`);
  });
  // The info comes before bubblewrap has finished: setns into most namespaces would give EINVAL. The line from inside comes after.
  let isComplete = false;
  const completed = workspace.then((folder) => child.complete(toCompletion(policy, folder)));
  const failed = completed.catch((cause: unknown) => {
    throw SandboxError.is(cause) ? cause : toStartError((cause as Error).message, cause as Error);
  });
  const complete = Promise.race([failed, failure]).then(() => void (isComplete = true));
  for (const promise of [failure, complete]) promise.catch(() => {});
  const info = await Promise.race([child.info, failure]);
  // It has closed that, and ends.
  if (info === '') await failure;
  const pid = (JSON.parse(info) as { 'child-pid': number })['child-pid'];
  // While bubblewrap lives, the first process inside is its child, so the pid cannot have been given to another process.
  // Ending that one ends the whole pid namespace before bubblewrap exits.
  const end = (): void => {
    if (!hasEnded) tryKill(pid);
  };
  // Nothing can start in what is not complete; another one may be.
  complete.catch(end);
  return {
    pid,
    get isComplete() {
      return isComplete;
    },
    complete,
    ended,
    [Symbol.asyncDispose]: async () => {
      end();
      await raceEnd(ended);
    },
  };
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {} // it has just ended
}

/** The kernel lets a pid namespace end when its dead are reaped. One whose parent died first is init's to reap, and not every init does. */
async function raceEnd(ended: Promise<void>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([ended, delay(reapMs, undefined, { signal: timer.signal, ref: false }).catch(() => {})]);
  timer.abort();
}

function toStartError(said: string, cause?: Error): SandboxError {
  return new SandboxError('sandbox_start_failed', {
    message: `the sandbox could not be started: ${said}`,
    hint: 'run `quicksand doctor` on the host: it says what this machine lacks',
    cause,
  });
}
