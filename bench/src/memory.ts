import { readFile, readdir, writeFile } from 'node:fs/promises';

const MB = 1_000_000;

/** Watches the most that a process holds at once. */
export async function watchMemory(pid: number): Promise<{ growth(): Promise<number> }> {
  await writeFile(`/proc/${pid}/clear_refs`, '5'); // the most so far is the present
  const before = await readStatus(pid, 'VmRSS');
  return { growth: async () => Math.max(0, (await readStatus(pid, 'VmHWM')) - before) };
}

async function readStatus(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024) / MB;
}

/** What a process holds by itself: its share of each page that it has in common with others (PSS), in MB. */
export async function readPss(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return (Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024) / MB;
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Every process below `pid`. */
export async function listDescendants(pid: number): Promise<Process[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = (await Promise.all(names.map(readProcess))).filter((process) => process !== undefined);
  const below = (parent: number): Process[] =>
    all.filter((process) => process.parent === parent).flatMap((process) => [process, ...below(process.pid)]);
  return below(pid);
}

async function readProcess(name: string): Promise<Process | undefined> {
  try {
    const stat = await readFile(`/proc/${name}/stat`, 'latin1');
    const command = (await readFile(`/proc/${name}/cmdline`, 'latin1')).replaceAll('\0', ' ').trim();
    return { pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), command };
  } catch {
    return undefined; // it has ended
  }
}

/** The memory of what a host has for each context: every process below it that was not there before, together, in MB. */
export async function readGrown(hostPid: number, before: ReadonlySet<number>): Promise<number> {
  const added = (await listDescendants(hostPid)).filter(
    ({ pid, command }) => !before.has(pid) && !/\bbwrap\b|sleep infinity/.test(command),
  );
  const held = await Promise.all(added.map(({ pid }) => readPss(pid).catch(() => 0)));
  return held.reduce((sum, value) => sum + value, 0);
}
