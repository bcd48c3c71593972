import { readFile, writeFile } from 'node:fs/promises';

/** How far the memory of a process grew above where it was, at its highest, while `work` ran; in bytes. */
export async function measureGrowth(pid: number, work: () => Promise<void>): Promise<number> {
  await writeFile(`/proc/${pid}/clear_refs`, '5'); // the highest so far is now the present
  const before = await readMemory(pid, 'VmRSS');
  await work();
  return (await readMemory(pid, 'VmHWM')) - before;
}

async function readMemory(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
}
