import { readProcessState } from '@quicksand/isolation';
import type { ExitCause } from './zygote.ts';

/** How often a process without a parent that would tell is looked at, in milliseconds. */
const lookMs = 50;

/** A process that outlived its zygote. The host is not its parent: it can look at it and signal it, and rarely learns how it ended. */
export interface Orphan {
  readonly exited: Promise<ExitCause>;
  /** Sends a signal to it, or to its process group. Does nothing once it has ended. */
  signal(signal: NodeJS.Signals, group: boolean): void;
}

/** Watches the process `pid` that started at `startTicks`: the pid alone may belong to another one by now. */
export function watchOrphan(pid: number, startTicks: number | undefined): Orphan {
  const exited = Promise.withResolvers<ExitCause>();
  const read = (): ReturnType<typeof readProcessState> => {
    const state = readProcessState(pid);
    return state?.startTicks === startTicks ? state : undefined;
  };
  const look = (): boolean => {
    const state = read();
    if (state && state.waitStatus === undefined) return true;
    clearInterval(timer);
    exited.resolve(toExitCause(state?.waitStatus));
    return false;
  };
  const timer = setInterval(look, lookMs);
  look();
  return {
    exited: exited.promise,
    signal(signal, group) {
      if (!look()) return;
      try {
        process.kill(group ? -pid : pid, signal);
      } catch {
        // It ended in this moment.
      }
    },
  };
}

function toExitCause(waitStatus: number | undefined): ExitCause {
  if (waitStatus === undefined) return { code: null, signal: null };
  const signal = waitStatus & 0x7f;
  return signal === 0 ? { code: waitStatus >> 8, signal: null } : { code: null, signal };
}
