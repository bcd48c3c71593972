// Makes the Python environment of the sandboxes in an image. It takes long and changes seldom, so it needs nothing else of the project.
import { fileURLToPath } from 'node:url';
import { createProgress, ensurePythonEnvironment, reportProblem } from '../packages/cli/setup/set-up.mjs';

const requirements = fileURLToPath(new URL('../packages/kernels/python', import.meta.url));

try {
  const { step, notice } = createProgress();
  await step('Python environment', (report) => ensurePythonEnvironment(requirements, { report, notice }));
} catch (error) {
  reportProblem(error);
  process.exitCode = 1;
}
