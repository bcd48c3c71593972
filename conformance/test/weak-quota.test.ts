import { type Host, createHost } from '@quicksand/host';
import { getSandbox } from '@quicksand/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDataFolder } from './data-folder.ts';

// A host that may not limit the size of workspaces measures them, and ends what is over the limit.

let folder: Awaited<ReturnType<typeof openDataFolder>>;
let host: Host;
const warnings: string[] = [];
beforeAll(async () => {
  folder = await openDataFolder();
  const limits = { workspaceBytes: 8 * 1024 ** 2, workspaceFiles: 500 };
  host = await createHost({
    dataFolder: folder.path,
    poolSize: 0,
    allowWeak: ['quota'],
    limits,
    log: (level, message) => void (level === 'warn' && warnings.push(message)),
  });
});
afterAll(async () => {
  await host?.close();
  await folder?.[Symbol.asyncDispose]();
});

const wait = `import time\ntime.sleep(50)`;
const hogs: Record<string, [code: string, says: RegExp]> = {
  'too many bytes': [
    `open('f', 'wb').write(b'x' * (16 << 20))\n${wait}`,
    /takes 1\d{7} bytes, and its limit is 8388608/,
  ],
  'too many files': [`for n in range(600): open(f'f{n}', 'w')\n${wait}`, /has 601 files, and its limit is 500/],
  'files deeper than a path can tell': [
    `import os\nfor n in range(600):\n    os.mkdir('d' * 100); os.chdir('d' * 100)\n${wait}`,
    /has 601 files, and its limit is 500/,
  ],
  'files in a folder that only its owner may read, with a link to the root': [
    `import os\nos.mkdir('own'); os.symlink('/', 'own/root')\nfor n in range(600): open(f'own/{n}', 'w')\nos.chmod('own', 0)\n${wait}`,
    /has 603 files, and its limit is 500/,
  ],
};

test.concurrent.for(Object.entries(hogs))(
  'a workspace with %s ends what runs in it, by name, and neighbours go on',
  { timeout: 60_000 },
  async ([name, [code, says]]) => {
    const at = Object.keys(hogs).indexOf(name);
    const sandbox = getSandbox(host, `large-${at}`);
    const neighbour = getSandbox(host, `beside-${at}`);
    await neighbour.runCode('kept = 1');
    const { error, outcome } = await sandbox.runCode(code);
    expect(error).toMatchObject({ name: 'Quicksand.DiskLimit', message: expect.stringMatching(says) });
    expect(outcome).toBe('killed');
    expect((await neighbour.runCode('kept')).results[0]?.text).toBe('1');
    await Promise.all([sandbox.destroy(), neighbour.destroy()]);
  },
);

test('a workspace that was too large is of use again once there is room in it', { timeout: 60_000 }, async () => {
  const sandbox = getSandbox(host, 'cleaned');
  const { error } = await sandbox.runCode(hogs['too many bytes']?.[0] ?? '');
  expect(error).toMatchObject({ name: 'Quicksand.DiskLimit' });
  // What deletes files may be ended, too.
  const remove = () =>
    sandbox.deleteFile('/workspace/f').then(
      () => 'deleted',
      ({ code }: { code: string }) => code,
    );
  await expect.poll(remove, { timeout: 30_000 }).toMatch(/^deleted$|^file_not_found$/);
  // Longer than between two looks.
  expect((await sandbox.runCode(`import time\ntime.sleep(3)\n1`)).results[0]?.text).toBe('1');
  await sandbox.destroy();
  expect(warnings).toEqual([]);
});
