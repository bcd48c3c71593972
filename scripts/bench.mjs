// `npm run bench`: sets up, then measures. Arguments are names of rows, and `--smoke` for a short run that only shows that all can be measured.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { reportProblem } from '../packages/cli/setup/set-up.mjs';
import { root, setUpClone } from './setup/set-up-clone.mjs';

try {
  const { node } = await setUpClone();
  const args = [join(root, 'bench/src/main.ts'), ...process.argv.slice(2)];
  process.exitCode = spawnSync(node, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
} catch (error) {
  reportProblem(error);
  process.exitCode = 1;
}
