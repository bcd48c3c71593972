export { ensureBubblewrap } from './bubblewrap.mjs';
export { dataFolder } from './data-folder.mjs';
export { ensureNodeEnvironment } from './node-environment.mjs';
export { createProgress } from './progress.mjs';
export { ensurePythonEnvironment } from './python-environment.mjs';
export { reportProblem } from './report-problem.mjs';
export { ensureUserPrograms } from './user-programs.mjs';
export { SetupProblem } from './setup-problem.mjs';
