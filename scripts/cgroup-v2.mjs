// `npm run test:cgroup-v2`: boots Debian's kernel with cgroups of version 2 only in an emulated machine, whose root are this machine's files, and runs there what
// shows that sandboxes are limited, as root and as an ordinary user (scripts/cgroup-v2/steps.sh, or another file that is named). Takes several minutes; needs root and no KVM.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fetchGuestKernel } from './cgroup-v2/guest-kernel.mjs';
import { toInitramfs } from './cgroup-v2/initramfs.mjs';
import { installDebianPackages } from '../packages/cli/setup/debian-packages.mjs';
import { findPrograms } from '../packages/cli/setup/find-program.mjs';
import { dataFolder, reportProblem } from '../packages/cli/setup/set-up.mjs';
import { SetupProblem } from '../packages/cli/setup/setup-problem.mjs';
import { root, setUpClone } from './setup/set-up-clone.mjs';

const scripts = join(root, 'scripts/cgroup-v2');
const steps = resolve(process.argv[2] ?? join(scripts, 'steps.sh'));

/** @param {string} scratch */
async function boot(scratch) {
  if (findPrograms('qemu-system-x86_64').length === 0)
    await installDebianPackages(['qemu-system-x86'], { why: 'qemu, which emulates the machine, is not installed' });
  const { kernel, busybox, modules } = await fetchGuestKernel(join(dataFolder(), 'cgroup-v2'));
  const initramfs = join(scratch, 'initramfs');
  const program = { mode: 0o755, data: readFileSync(join(scripts, 'init.sh')) };
  const order = Buffer.from(modules.map(({ name }) => name).join('\n'));
  const files = Object.fromEntries(modules.map(({ name, data }) => [`modules/${name}`, { data, mode: 0o644 }]));
  writeFileSync(
    initramfs,
    toInitramfs({
      init: program,
      'bin/busybox': { data: busybox, mode: 0o755 },
      'modules.order': { data: order, mode: 0o644 },
      ...files,
    }),
  );
  const args = [
    ...[
      '-m',
      '6144',
      '-smp',
      '2',
      '-accel',
      'tcg,thread=multi',
      '-cpu',
      'max',
      '-nodefaults',
      '-no-reboot',
      '-display',
      'none',
    ],
    ...['-kernel', kernel, '-initrd', initramfs, '-serial', 'stdio'],
    ...[
      '-append',
      `console=ttyS0 quiet loglevel=3 panic=-1 random.trust_cpu=on cgroup_no_v1=all guest=${scripts} steps=${steps}`,
    ],
    ...['-virtfs', 'local,path=/,mount_tag=machine,security_model=none,readonly=on,multidevs=remap'],
  ];
  const machine = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let status = 'the machine ended before the tests did';
  for await (const line of createInterface({ input: machine.stdout })) {
    process.stdout.write(`${line}\n`);
    status = /^== all: (\d)/.exec(line)?.[1] ?? status;
  }
  if (machine.exitCode === null) await once(machine, 'exit');
  return status;
}

const scratch = mkdtempSync(join(tmpdir(), 'qst-machine-'));
try {
  if (/^\/(tmp|run)\//.test(root))
    throw new SetupProblem(`The machine has a /tmp and a /run of its own, and sees nothing of ${root}.`, {
      hint: 'clone into another folder, such as one in your home',
    });
  await setUpClone();
  const status = await boot(scratch);
  process.stdout.write(
    status === '0' ? 'cgroups of version 2: passed\n' : `cgroups of version 2: failed (${status})\n`,
  );
  process.exitCode = status === '0' ? 0 : 1;
} catch (error) {
  reportProblem(error);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
