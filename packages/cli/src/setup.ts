import { readSubordinate } from '@quicksand/host';
import { pythonKernelFolder } from '@quicksand/kernels';
import {
  SetupProblem,
  createProgress,
  ensureBubblewrap,
  ensureNodeEnvironment,
  ensurePythonEnvironment,
  ensureUserPrograms,
  reportProblem,
} from '../setup/set-up.mjs';

/** Installs what sandboxes need on this machine. The exit status is 1 when something is missing that it may not install. */
export async function setup(): Promise<void> {
  try {
    const { step, notice } = createProgress();
    await step('bubblewrap', (report) => ensureBubblewrap({ report }));
    await step('Node', (report) => ensureNodeEnvironment({ report }));
    await step('Python environment', (report) => ensurePythonEnvironment(pythonKernelFolder, { report, notice }));
    // Last: what only root can mend keeps nobody from the rest.
    if (process.getuid?.() !== 0) await step('uids of sandboxes', (report) => ensureUids(report));
  } catch (error) {
    reportProblem(error);
    process.exitCode = 1;
  }
}

/** A host of an ordinary user gives its sandboxes uids that an administrator has given to that user. */
async function ensureUids(report: (line: string) => void): Promise<{ note: string }> {
  await ensureUserPrograms({ report });
  const found = readSubordinate();
  if (!Array.isArray(found)) return { note: `${found.uids.count} from ${found.uids.first} on` };
  throw new SetupProblem(`Sandboxes cannot have uids of their own: ${found.map((part) => part.found).join('; ')}.`, {
    hint: `run\n\n    ${found.map(({ fix }) => fix).join(' && ')}\n\nor start hosts with --allow-weak=uids: all sandboxes have one uid then.`,
  });
}
