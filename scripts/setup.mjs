// Prepares a fresh clone: `npm run setup`. `npm run demo` and `npm test` do this by themselves.
//   --again   try PyPI again where Debian's Python packages stand in for it
import { reportProblem } from '../packages/cli/setup/set-up.mjs';
import { setUpClone } from './setup/set-up-clone.mjs';

try {
  await setUpClone({ again: process.argv.includes('--again') });
} catch (error) {
  reportProblem(error);
  process.exitCode = 1;
}
