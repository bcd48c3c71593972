import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { findLeft, listDescendants } from './descendants.ts';
import { type OwnServe, openOwnServe } from './open-own-serve.ts';

// What starts bubblewrap is killed: every sandbox ends with it, says so, and starts again with its files.

let serve: OwnServe;

beforeAll(async () => {
  // Without a pool nothing starts in the moment in which the launcher dies.
  serve = await openOwnServe({ args: ['--pool', '0'] });
});
afterAll(() => serve?.[Symbol.asyncDispose]());

async function findLaunchers(): Promise<number[]> {
  const below = (await listDescendants(serve.pid)).filter(({ parent }) => parent === serve.pid);
  const lines = await Promise.all(below.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return below.filter((_, at) => lines[at]?.includes('launcher.py')).map(({ pid }) => pid);
}

test('sandboxes end by name, and start again with their files', { timeout: 60_000 }, async () => {
  const boxes = [0, 1].map((n) => new Box(serve.client, `launched-${n}`));
  for (const box of boxes) await box.run(`open('/workspace/file', 'w').write('kept')\nkept = 1`);
  const streams = await Promise.all(boxes.map((box) => box.start(`print('begun')\nwhile True: pass`)));
  for (const stream of streams) await stream.until('begun');
  const launchers = await findLaunchers();
  expect(launchers).toHaveLength(1);
  const before = await listDescendants(serve.pid);
  for (const pid of launchers) process.kill(pid, 'SIGKILL');
  for (const stream of streams) {
    const { error, end } = await stream.rest();
    expect(error?.ename).toBe('Quicksand.KernelKilled');
    expect(end).toMatchObject({ outcome: 'killed', state: 'lost' });
  }
  for (const box of [...boxes, new Box(serve.client, 'launched-new')]) {
    const run = await box.run(`import os\nos.path.exists('/workspace/file'), 'kept' in globals()`);
    expect(run.order).toEqual([`result (${box === boxes[0] || box === boxes[1] ? 'True' : 'False'}, False)`]);
    await box.destroy();
  }
  expect(await findLaunchers()).toHaveLength(1);
  const inside = before.filter(({ name }) => name === 'bwrap' || name === 'sleep');
  expect(inside.length).toBeGreaterThan(3); // two for each sandbox
  expect(await findLeft(inside, 5000)).toEqual([]);
});
