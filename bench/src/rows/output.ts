import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Row, openBare, times } from '../bench.ts';
import { byTurns } from '../by-turns.ts';
import { watchMemory } from '../memory.ts';
import { summarize } from '../samples.ts';

export const printLatency: Row = {
  name: 'print-latency',
  about: 'one print each 20 ms: from the time in its text to its arrival',
  async measure(bench) {
    await using host = await openBare(bench);
    const n = times(bench, 200);
    await host.client.run('latency', { code: 'import time' });
    const late: number[] = [];
    const started = performance.timeOrigin + performance.now();
    await host.client.run(
      'latency',
      { code: `for _ in range(${n}):\n    print(time.time())\n    time.sleep(0.02)` },
      (chunk, at) => {
        for (const [, text] of chunk.toString('latin1').matchAll(/"type":"stdout","text":"([\d.]+)/g))
          late.push(started + at - Number(text) * 1000);
      },
    );
    return [
      {
        ...{ name: 'print to client, one each 20 ms', unit: 'ms', ...summarize(late) },
        targets: [
          { at: 'most', value: 2 },
          { at: 'most', value: 5, of: 'p95' },
        ],
      },
    ];
  },
};

export const shortPrints: Row = {
  name: 'short-prints',
  about: '100,000 short prints, streamed while they happen',
  async measure(bench) {
    await using host = await openBare(bench);
    const count = bench.smoke ? 1000 : 100_000;
    const n = times(bench, 7, 2);
    const code = `for n in range(${count}): print(n)`;
    const [samples, floor] = await byTurns(
      n,
      { n, measure: async () => (await host.client.run('prints', { code })).end },
      { n, measure: () => bench.floors.prints(count) },
    );
    return [
      {
        ...{ name: `${count} short prints, streamed`, unit: 'ms', ...samples },
        floor: { ...floor, name: 'the same into a StringIO' },
        targets: [{ at: 'most', value: 100 }],
      },
    ];
  },
};

/** A file of so many bytes that Linux has in memory, which the caller removes. */
async function writeScratch(bytes: number): Promise<string> {
  const file = join(tmpdir(), `quicksand-bench-${process.pid}`);
  await writeFile(file, Buffer.alloc(bytes, 'x'));
  return file;
}

export const bigString: Row = {
  name: 'big-string',
  about: 'one string of 50 MB, and the memory of host and kernel meanwhile',
  async measure(bench) {
    await using stack = new AsyncDisposableStack();
    const host = stack.use(await openBare(bench));
    const megabytes = bench.smoke ? 2 : 50;
    const file = await writeScratch(megabytes * 1_000_000);
    stack.defer(() => rm(file));
    const n = times(bench, 7, 2);
    const body = { code: `print('x' * ${megabytes * 1_000_000})` };
    await host.client.run('big', body);
    const toSpeed = (ms: number): number => (megabytes * 1000) / ms;
    const ofHost: number[] = [];
    const ofKernel: number[] = [];
    const measure = async (): Promise<number> => {
      const watch = await watchMemory(host.pid);
      const { end, peakMemoryMB } = await host.client.run('big', body);
      ofHost.push(await watch.growth());
      ofKernel.push(peakMemoryMB);
      return toSpeed(end);
    };
    const [speeds, cat] = await byTurns(
      n,
      { n, measure },
      { n, measure: async () => toSpeed(await bench.floors.cat(file)) },
    );
    const floor = { ...cat, name: '`cat` of a file, through an HTTP server in Node' };
    const name = `one string of ${megabytes} MB`;
    return [
      { ...{ name, unit: 'MB/s', ...speeds, floor }, targets: [{ at: 'least', value: 200 }] },
      {
        ...{ name: `${name}: memory that the host takes`, unit: 'MB', ...summarize(ofHost) },
        targets: [{ at: 'most', value: 64 }],
      },
      { ...{ name: `${name}: memory of the kernel`, unit: 'MB', ...summarize(ofKernel) }, targets: [] },
    ];
  },
};
