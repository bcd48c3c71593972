import { SandboxError } from '@quicksand/protocol';
import { CounterFile } from './counter-file.ts';
import { endProcesses, listPids, removeGroup, trySignal } from './end-processes.ts';
import { type GroupUsage, counterFiles, parseFlatKeys } from './group-counters.ts';
import { type GroupFolders, toUniqueFolders } from './group-folders.ts';
import { readStartTicks } from './process-stat.ts';

// Keeps R10 (limits speak: what the kernel ended is counted here) and I1 (a process cannot leave its group).

/** One group of processes, with limits, in every hierarchy that is used. */
export class ControlGroup implements AsyncDisposable {
  readonly #folders: GroupFolders;
  readonly #version: 1 | 2;
  readonly #cpu: CounterFile;
  readonly #peak: CounterFile;
  readonly #oomKills: CounterFile;
  readonly #pidsRefused: CounterFile;

  constructor(folders: GroupFolders, version: 1 | 2) {
    this.#folders = folders;
    this.#version = version;
    const { cpu, peak, oomKills, pidsRefused } = counterFiles[version];
    this.#cpu = new CounterFile(folders.cpuacct ?? (version === 2 ? folders.unified : undefined), cpu.file);
    this.#peak = new CounterFile(folders.memory, peak);
    this.#oomKills = new CounterFile(folders.memory, oomKills);
    this.#pidsRefused = new CounterFile(folders.pids, pidsRefused);
  }

  /** False when there is no group on this machine, which the operator allowed: then it has no processes and no limits. */
  get isEnforced(): boolean {
    return this.entryFiles.length > 0;
  }

  /**
   * The files into which a process of one thread writes 0 to enter (the `cgroups` of the zygote's `spawn`); what it starts from then on is inside too. Where
   * a thread may enter alone that needs no lock, and else one that waits for a grace period of the kernel after a quiet time (5 to 8 ms).
   */
  get entryFiles(): string[] {
    const file = this.#version === 1 ? 'tasks' : 'cgroup.procs';
    return toUniqueFolders(this.#folders).map((folder) => `${folder}/${file}`);
  }

  /** The processor time that the group has used so far, in milliseconds; 0 where it is not counted. */
  get cpuMs(): number {
    return counterFiles[this.#version].cpu.toMs(this.#cpu.read());
  }

  /** What the group has used so far. Zeros for what is not counted here. */
  usage(): GroupUsage {
    return { cpuMs: this.cpuMs, peakMemoryBytes: Number(this.#peak.read()) };
  }

  /**
   * Starts the peak anew at what is used now. False where the kernel cannot (v2 before Linux 6.12): the peak stays that of the group. In v2 the new start
   * is seen through the descriptor that asked for it, and only there.
   */
  resetPeak(): boolean {
    return this.#peak.write(counterFiles[this.#version].resetPeak);
  }

  /** Processes of the group that were ended because memory ran out. It only grows: compare it before and after (R10). */
  get oomKills(): number {
    return parseFlatKeys(this.#oomKills.read(), 'oom_kill');
  }

  /** Forks and threads that were refused. It only grows. In v2 a fork that the sandbox's limit refused is counted at the sandbox alone. */
  get pidsRefused(): number {
    return parseFlatKeys(this.#pidsRefused.read(), 'max');
  }

  /** The processes of the group, as the host sees them. */
  pids(): number[] {
    return listPids(this.#folders);
  }

  /** Those that started at `ticks` (see `currentTicks`) or later. */
  startedSince(ticks: number): number[] {
    return this.pids().filter((pid) => (readStartTicks(pid) ?? -1) >= ticks);
  }

  /** Sends a signal to those of some pids that are still processes of the group that started at `ticks` or later. */
  signalStartedSince(ticks: number, signal: NodeJS.Signals, pids: readonly number[]): void {
    for (const pid of this.startedSince(ticks)) if (pids.includes(pid)) trySignal(pid, signal);
  }

  /** Ends every process of the group but `except`, also those that left their process group or are stopped. False when some are left and none ends for 5 s. */
  killAll(except: readonly number[] = []): Promise<boolean> {
    return endProcesses(this.#folders, except.length === 0 ? undefined : (pid) => !except.includes(pid));
  }

  /** Ends the processes that started at `ticks` or later, but `except`. False when some are left and none ends for 5 s. */
  killStartedSince(ticks: number, except: readonly number[] = []): Promise<boolean> {
    return endProcesses(this.#folders, (pid) => !except.includes(pid) && (readStartTicks(pid) ?? -1) >= ticks);
  }

  /** Ends every process and removes the group. Throws `internal` when a process does not end; the group then stays. */
  async close(): Promise<void> {
    for (const file of [this.#cpu, this.#peak, this.#oomKills, this.#pidsRefused]) file[Symbol.dispose]();
    if (await removeGroup(this.#folders)) return;
    throw new SandboxError('internal', {
      message: `processes of ${toUniqueFolders(this.#folders)[0]} do not end: ${this.pids().join(', ')}`,
      hint: 'they hang in the kernel; the group is removed when the next host starts',
      details: { pids: this.pids() },
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
