import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { inspectMachine } from '../src/index.ts';

const uids = { first: 1_900_000_000, count: 65_536 };

test('everything that a host requires or limits with was tried, and is there', async () => {
  const checks = await inspectMachine({ uids });
  expect(checks.filter(({ ok, strength }) => !ok && strength !== 'extra')).toEqual([]);
  expect(checks.map(({ part }) => part)).toEqual(
    expect.arrayContaining([
      'bubblewrap',
      'seccomp',
      'libseccomp',
      'landlock',
      'a uid for each sandbox',
      'limit of disk space and files',
      'cgroup controller memory',
    ]),
  );
  for (const { ok, found, fix } of checks) {
    expect(found).not.toBe('');
    expect(fix === undefined).toBe(ok);
  }
});

test('an ordinary user is told what is missing instead of an exception', () => {
  const entry = new URL('../src/index.ts', import.meta.url).href;
  const code = `process.setgroups([]); process.setgid(65534); process.setuid(65534);
    console.log(JSON.stringify(await inspectMachine({ uids: ${JSON.stringify(uids)} })));`;
  const loaded = `import { inspectMachine } from ${JSON.stringify(entry)};\n${code}`;
  const { stdout, stderr } = spawnSync(process.execPath, [
    '--conditions=quicksand-source',
    '--input-type=module',
    '-e',
    loaded,
  ]);
  expect(stderr.toString()).toBe('');
  const checks = JSON.parse(stdout.toString()) as { part: string; ok: boolean; allowWeak?: string; fix?: string }[];
  const missing = checks.filter(({ ok }) => !ok);
  expect(missing.map(({ part }) => part)).toEqual(
    expect.arrayContaining(['a uid for each sandbox', 'limit of disk space and files', 'cgroup of memory']),
  );
  expect(new Set(missing.flatMap(({ allowWeak }) => allowWeak ?? []))).toEqual(new Set(['cgroups', 'uids', 'quota']));
  for (const { fix } of missing) expect(fix).toBeTruthy();
});
