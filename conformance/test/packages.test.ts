import { createHost } from '@quicksand/host';
import { getSandbox } from '@quicksand/sdk';
import { expect, test } from 'vitest';
import { toWheelCommand } from '../src/make-wheel.ts';
import { openDataFolder } from './data-folder.ts';

const wheels = '/workspace/wheels';
const site = '/workspace/.local/lib/python*/site-packages';

test('what was installed is kept with the workspace, and a new host has it', { timeout: 60_000 }, async () => {
  await using folder = await openDataFolder();
  const wheel = {
    name: 'toy',
    version: '1.0',
    files: { 'toy.py': `def main(): print('toy')\n`, script: 'toy = toy:main' },
  };
  {
    await using host = await createHost({ dataFolder: folder.path });
    const sandbox = getSandbox(host, 'kept');
    await sandbox.exec(toWheelCommand(wheels, wheel));
    expect(await sandbox.exec(`pip install ${wheels}/*.whl`)).toMatchObject({ exitCode: 0 });
  }
  await using host = await createHost({ dataFolder: folder.path });
  const sandbox = getSandbox(host, 'kept');
  expect((await sandbox.runCode('import toy; toy.main()\n!toy')).logs.stdout.join('')).toBe('toy\ntoy\n');
  expect((await sandbox.exec('toy')).stdout).toBe('toy\n');
  await sandbox.destroy();
});

test(
  'packages whose code hangs, floods or forks when Python starts hold nobody up for long',
  { timeout: 60_000 },
  async () => {
    await using folder = await openDataFolder();
    await using host = await createHost({ dataFolder: folder.path, limits: { kernelStartMs: 6000 } });
    const hostile = {
      hangs: 'import time; time.sleep(1000)',
      floods: `import os; [os.write(1, b'x' * 65536) for _ in range(1000)]`,
      forks: 'import os, time; os.fork() and os.fork() and os.setsid; time.sleep(1000)',
      lies: `import os; os.write(3, bytes([2, 0, 0, 0, 16, 0, 0, 0, 0]) + b'{}'); import time; time.sleep(1000)`,
    };
    const attempts = Object.entries(hostile).map(async ([name, startUp]) => {
      const sandbox = getSandbox(host, name);
      // What the zygote has loaded is installed, too: else no kernel would load what is installed.
      await sandbox.exec(
        `mkdir -p /workspace/.local/lib/python$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')/site-packages`,
      );
      await sandbox.exec(`cd ${site} && cat > x.pth && touch numpy.py`, { stdin: startUp });
      const code = expect.stringMatching(/^(packages_unusable|kernel_start_failed)$/) as unknown;
      const starts = [sandbox.createCodeContext(), sandbox.runCode('1')];
      await Promise.all(starts.map((start) => expect(start, name).rejects.toMatchObject({ code })));
      await sandbox.exec(['sh', '-c', `rm ${site}/x.pth`]);
      expect((await sandbox.runCode('print(1)')).logs.stdout.join(''), name).toBe('1\n');
      expect((await sandbox.exec('pgrep -c python || true')).stdout.trim(), name).toBe('1');
      await sandbox.destroy();
    });
    await Promise.all(attempts);
  },
);
