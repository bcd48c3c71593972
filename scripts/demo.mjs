// `npm run demo`: sets up, then runs examples/demo.ts on the project's own Node.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { reportProblem } from '../packages/cli/setup/set-up.mjs';
import { root, setUpClone } from './setup/set-up-clone.mjs';

try {
  const { node } = await setUpClone();
  const { status } = spawnSync(node, [join(root, 'examples/demo.ts')], { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} catch (error) {
  reportProblem(error);
  process.exitCode = 1;
}
