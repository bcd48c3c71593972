import { readFile, readdir, readlink } from 'node:fs/promises';

/** A process as it was seen. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** The process that leads its session. */
  readonly session: number;
  /** Tells a process from a later one with the same pid. */
  readonly startedAt: string;
  readonly name: string;
  readonly ended: boolean;
}

async function readProcess(pid: number): Promise<Process | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (stat === undefined) return undefined;
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    parent: Number(fields[1]),
    session: Number(fields[3]),
    startedAt: fields[19] ?? '',
    name,
    ended: fields[0] === 'Z' || fields[0] === 'X',
  };
}

async function listProcesses(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return (await Promise.all(pids.map(readProcess))).filter((process) => process !== undefined);
}

/** Every process below `pid`. */
export async function listDescendants(pid: number): Promise<Process[]> {
  const all = await listProcesses();
  const below = (parent: number): Process[] =>
    all.filter((process) => process.parent === parent).flatMap((process) => [process, ...below(process.pid)]);
  return below(pid);
}

/** Every process in a PID namespace, named as its link in /proc is, and the one outside that started it: wherever their parents have gone. */
export async function listInside(namespace: string): Promise<Process[]> {
  const all = await listProcesses();
  const isInside = await Promise.all(
    all.map(async ({ pid }) => (await readlink(`/proc/${pid}/ns/pid`).catch(() => '')) === namespace),
  );
  const inside = all.filter((_, at) => isInside[at]);
  const starters = all.filter(({ pid, name }) => name === 'bwrap' && inside.some(({ parent }) => parent === pid));
  return [...new Set([...inside, ...starters])];
}

/** Those that still run, after they have had `waitMs` to end. */
export async function findLeft(processes: readonly Process[], waitMs = 2000): Promise<string[]> {
  for (const until = Date.now() + waitMs; ;) {
    const now = await Promise.all(
      processes.map(async (process) => ({ process, found: await readProcess(process.pid) })),
    );
    const left = now.filter(({ process, found }) => found && !found.ended && found.startedAt === process.startedAt);
    if (left.length === 0 || Date.now() > until) return left.map(({ process }) => `${process.pid} ${process.name}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
