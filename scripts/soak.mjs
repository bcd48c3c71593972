// `npm run soak`: sets up, builds, then runs conformance/faults/soak.ts on the project's own Node.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { reportProblem } from '../packages/cli/setup/set-up.mjs';
import { root, setUpClone } from './setup/set-up-clone.mjs';

try {
  const { node } = await setUpClone();
  const program = join(root, 'conformance/faults/soak.ts');
  const command = ['--conditions=quicksand-source', program, ...process.argv.slice(2)];
  const { status } = spawnSync(node, command, { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} catch (error) {
  reportProblem(error);
  process.exitCode = 1;
}
