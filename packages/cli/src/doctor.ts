import { type MachineCheck, type Verdict, type WeakPart, inspectHost, judgeMachine } from '@quicksand/host';

/** Options of `quicksand doctor`. */
export interface DoctorOptions {
  readonly json?: boolean;
  readonly allowWeak: readonly WeakPart[];
}

/** What a host does not enforce when the operator allowed a part to be missing. */
const withoutPart: Readonly<Record<WeakPart, string>> = {
  cgroups: 'memory, processes and processor time of sandboxes are not limited, or not all of them',
  uids: 'sandboxes share one uid outside: only their namespaces keep them apart',
  quota: 'the size of workspaces is only watched: a sandbox can fill the disk within a few seconds',
};

/** Says what this machine offers, what a host enforces here, and how to mend what is missing. The exit status is 1 when no host would start. */
export async function doctor({ json, allowWeak }: DoctorOptions): Promise<void> {
  const checks = await inspectHost();
  const verdict = judgeMachine(checks, allowWeak);
  const report = json
    ? JSON.stringify({ ...verdict, checks }, undefined, 2)
    : [...checks.map(toLine), '', ...toConclusion(verdict)].join('\n');
  process.stdout.write(`${report}\n`);
  if (!verdict.starts) process.exitCode = 1;
}

function toLine({ ok, part, strength, found, fix }: MachineCheck): string {
  const state = ok ? 'ok' : strength === 'extra' ? 'weaker' : 'MISSING';
  return `${state.padEnd(8)} ${part.padEnd(32)} ${found}${fix === undefined ? '' : `\n${' '.repeat(9)}mend it:  ${fix}`}`;
}

function toConclusion({ starts, obstacles, weak, wouldStartWith }: Verdict): string[] {
  const lines = [
    starts ? 'A host starts here.' : `No host starts here: ${obstacles.map(({ part }) => part).join(', ')}.`,
  ];
  if (starts && weak.length === 0) {
    lines.push('It enforces all of the backend `namespaces`: namespaces, a uid for each sandbox, no rights, the');
    lines.push(
      'filter of system calls, limits of memory, processes, processor time and disk. SECURITY.md says what that stops.',
    );
  }
  for (const part of weak) lines.push(`Not enforced, as --allow-weak=${part} allows: ${withoutPart[part]}.`);
  if (!starts && wouldStartWith) {
    lines.push(`Mend what is missing, or go on without it: --allow-weak=${wouldStartWith.join(',')}`);
    for (const part of wouldStartWith) lines.push(`  ${part}: ${withoutPart[part]}`);
  }
  return lines;
}
