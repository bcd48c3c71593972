// Writes packages/kernels/python/requirements.lock anew from requirements.in: exact versions with the hashes of all their
// files, for every Python from 3.10 on. Needs PyPI. What the lock has already is kept unless `--upgrade` is given.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePython } from '../packages/cli/setup/choose-python.mjs';
import { runToolOrFail } from '../packages/cli/setup/run-tool.mjs';
import { createProgress, reportProblem } from '../packages/cli/setup/set-up.mjs';
import { root } from './setup/set-up-clone.mjs';

const cwd = join(root, 'packages/kernels/python');
const scratch = mkdtempSync(join(tmpdir(), 'quicksand-lock-'));
const upgrade = process.argv.includes('--upgrade') ? ['--upgrade'] : [];
const lockedFor = ['--universal', '--python-version', '3.10', '--generate-hashes'];
// Nothing of this machine may get into the lock: no index, no local folder of packages, no comment with a command.
const neutral = ['--no-config', '--no-header', '--no-annotate', '--no-emit-index-url', '--no-emit-find-links'];

try {
  await createProgress().step('requirements.lock', async (report) => {
    const { python } = await choosePython();
    await runToolOrFail(python, ['-m', 'venv', scratch], { report });
    await runToolOrFail(join(scratch, 'bin/pip'), ['install', 'uv'], { report });
    const args = ['pip', 'compile', ...lockedFor, ...neutral, ...upgrade, 'requirements.in', '-o', 'requirements.lock'];
    await runToolOrFail(join(scratch, 'bin/uv'), args, { cwd, report });
  });
} catch (error) {
  reportProblem(error);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
