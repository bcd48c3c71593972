// Makes what sandboxes have in an image: `python`, which takes long, changes seldom and needs nothing else of the project, or `node`.
import { fileURLToPath } from 'node:url';
import {
  createProgress,
  ensureNodeEnvironment,
  ensurePythonEnvironment,
  reportProblem,
} from '../packages/cli/setup/set-up.mjs';

const requirements = fileURLToPath(new URL('../packages/kernels/python', import.meta.url));

try {
  const { step, notice } = createProgress();
  if (process.argv[2] === 'python')
    await step('Python environment', (report) => ensurePythonEnvironment(requirements, { report, notice }));
  else await step('Node', (report) => ensureNodeEnvironment({ report }));
} catch (error) {
  reportProblem(error);
  process.exitCode = 1;
}
