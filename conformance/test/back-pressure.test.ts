import { type ExecutionRequest, SandboxError } from '@quicksand/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { measureGrowth } from './measure-growth.ts';
import { type OwnServe, openOwnServe } from './open-own-serve.ts';
import { openStalledClient } from './stalled-client.ts';

// R8 where it can be measured: against a host in a process of its own.

const MiB = 1024 * 1024;
const tenGB = `print('begun', flush=True)\nline = 'x' * (1 << 20)\nfor i in range(10_000): print(line)`;

/** Other ways to write without end. */
const endless: Readonly<Record<string, string | ExecutionRequest>> = {
  'small prints': `print('begun', flush=True)\nwhile True: print(1)`,
  'a child': `import os\nprint('begun', flush=True)\nwhile True: os.system('yes')`,
  'large results': `print('begun', flush=True)\nline = 'x' * 1_000_000\nwhile True: display(line)`,
  'both streams': `import sys\nprint('begun', flush=True)\nwhile True:\n    print('x' * 3000)\n    print('y' * 3000, file=sys.stderr)`,
  'rejected promises': {
    language: 'javascript',
    code: `console.log('begun')\nfor (let n = 0; ; n++) {\n  Promise.reject(new Error('x'.repeat(3000)))\n  if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve))\n}`,
  },
};

let serve: OwnServe;
let box: Box;

beforeAll(async () => {
  serve = await openOwnServe();
  box = new Box(serve.client, 'pressed');
  // What a host needs once is not growth: code is loaded, buffers are made.
  await box.run(`for i in range(64): print('x' * (1 << 20))`);
  await box.run(`for i in range(20_000): print(i)`);
});
afterAll(() => serve?.[Symbol.asyncDispose]());

test('a client that stops reading: the code blocks until its timeout, and the host does not grow', async () => {
  const growth = await measureGrowth(serve.pid, async () => {
    const client = await openStalledClient(serve, box.id, { code: `kept = 1\n${tenGB}`, timeout: 3000 });
    // Held back by the first, whose unread events nobody may drop.
    const run = await (await resumeHeld(box, client.executionId)).rest();
    expect(run.error).toMatchObject({ ename: 'Quicksand.Timeout', lineNumber: 4 });
    expect(run.end).toMatchObject({ outcome: 'timeout', state: 'kept' });
    expect(run.end.usage?.wallMs).toBeGreaterThan(2900);
    // Blocked, not busy: it wrote what fits into the log and waited.
    expect(run.end.usage?.cpuMs).toBeLessThan(1000);
    expect(run.stdout.length).toBeLessThan(32 * MiB);
    client.cut();
  });
  expect(growth).toBeLessThan(64 * MiB);
  expect((await box.run('kept')).order).toEqual(['result 1']);
});

test('whatever it is that writes, and nobody reads: the code blocks, and the host does not grow', async () => {
  const growth = await measureGrowth(serve.pid, async () => {
    await Promise.all(
      Object.entries(endless).map(async ([name, code]) => {
        const own = new Box(serve.client, name.replaceAll(' ', '-'));
        const request = typeof code === 'string' ? { code } : code;
        const client = await openStalledClient(serve, own.id, { ...request, timeout: 2000 });
        const { end } = await (await resumeHeld(own, client.executionId)).rest();
        expect(end.outcome, name).toBe('timeout');
        client.cut();
        await own.destroy();
      }),
    );
  });
  expect(growth).toBeLessThan(Object.keys(endless).length * 32 * MiB);
});

test(
  'a client that reads on gets the output limit, by name, and the host does not grow',
  { timeout: 60_000 },
  async () => {
    let written = 0;
    const growth = await measureGrowth(serve.pid, async () => {
      const stream = await box.start(`kept = 2\n${tenGB}`, { timeout: 60_000 });
      for (let seen = await stream.next(); seen; seen = await stream.next()) {
        written += seen.event.text?.length ?? 0;
        stream.seen.splice(0, stream.seen.length - 2); // this process need not hold it all
      }
      const run = await stream.rest();
      expect(run.error).toMatchObject({
        ename: 'Quicksand.OutputLimit',
        evalue: expect.stringContaining(`${256 * MiB}`),
      });
      expect(run.end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
    });
    expect(written).toBeLessThanOrEqual(256 * MiB);
    expect(written).toBeGreaterThan(250 * MiB);
    expect(growth).toBeLessThan(64 * MiB);
    expect((await box.run('kept')).order).toEqual(['result 2']);
  },
);

test('ten clients that stop reading do not slow an eleventh, and cost little', { timeout: 60_000 }, async () => {
  const eleventh = new Box(serve.client, 'eleventh');
  const round = async (): Promise<number> => {
    const start = performance.now();
    for (let n = 0; n < 25; n++) expect((await eleventh.run(`${n}`)).order).toEqual([`result ${n}`]);
    const run = await eleventh.run(`for i in range(20_000): print(i)`);
    expect(run.stdout.length).toBe(108_890);
    return performance.now() - start;
  };
  const best = async (): Promise<number> => Math.min(await round(), await round(), await round());
  await round();
  const alone = await best();
  const boxes = Array.from({ length: 10 }, (_, n) => new Box(serve.client, `stalled-${n}`));
  const growth = await measureGrowth(serve.pid, async () => {
    const stalled = await Promise.all(boxes.map((each) => openStalledClient(serve, each.id, { code: tenGB })));
    await Promise.all(boxes.map(untilBlocked));
    // Each has a share of two processors' noise; an eleventh that waited for the ten would take until their timeout.
    expect(await best()).toBeLessThan(3 * alone + 100);
    for (const client of stalled) client.cut();
  });
  expect(growth).toBeLessThan(10 * 64 * MiB);
  await Promise.all([eleventh, ...boxes].map((each) => each.destroy()));
});

/** What is held: the buffers of the connection may have taken more than a log keeps of what was taken. */
async function resumeHeld(each: Box, id: string): ReturnType<Box['resume']> {
  return each.resume(id, 0).catch((error: unknown) => {
    if (!SandboxError.is(error) || error.code !== 'events_gone') throw error;
    return each.resume(id, Number(error.details?.['lastId']));
  });
}

/** Settles when the code in the box can write no more: it uses no more processor time. */
async function untilBlocked(each: Box): Promise<void> {
  const { id } = await each.createContext();
  const code = `
import os, time
def cpu(): return sum(int(open(f'/proc/{pid}/stat').read().split()[13]) for pid in os.listdir('/proc') if pid.isdigit())
last = -1
while (now := cpu()) != last:
    last = now
    time.sleep(0.3)
`;
  expect((await each.run(code, { contextId: id })).end.outcome).toBe('ok');
}
