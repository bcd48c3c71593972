// `npm run demo`: sets up, then runs examples/demo.ts on the project's own Node; for an ordinary user through `quicksand enter`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { reportProblem } from '../packages/cli/setup/set-up.mjs';
import { root, setUpClone } from './setup/set-up-clone.mjs';

try {
  const { node } = await setUpClone();
  const demo = [join(root, 'examples/demo.ts')];
  const entering = [join(root, 'packages/cli/bin/quicksand.js'), 'enter', '--', node, ...demo];
  const { status } = spawnSync(node, process.getuid?.() === 0 ? demo : entering, { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} catch (error) {
  reportProblem(error);
  process.exitCode = 1;
}
