import { pythonKernelFolder } from '@quicksand/kernels';
import {
  createProgress,
  ensureBubblewrap,
  ensureNodeEnvironment,
  ensurePythonEnvironment,
  reportProblem,
} from '../setup/set-up.mjs';

/** Installs what sandboxes need on this machine. The exit status is 1 when something is missing that it may not install. */
export async function setup(): Promise<void> {
  try {
    const { step, notice } = createProgress();
    await step('bubblewrap', (report) => ensureBubblewrap({ report }));
    await step('Node', (report) => ensureNodeEnvironment({ report }));
    await step('Python environment', (report) => ensurePythonEnvironment(pythonKernelFolder, { report, notice }));
  } catch (error) {
    reportProblem(error);
    process.exitCode = 1;
  }
}
