import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, type Row, openBare, times } from '../bench.ts';
import { time } from '../floors.ts';
import { HttpClient } from '../http-client.ts';
import { watchMemory } from '../memory.ts';
import { type Samples, summarize } from '../samples.ts';

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
    const took: number[] = [];
    for (const n = times(bench, 7, 2); took.length < n;)
      took.push((await host.client.run('prints', { code: `for n in range(${count}): print(n)` })).end);
    const floor = await bench.floors.prints(count, times(bench, 7, 2));
    return [
      {
        ...{ name: `${count} short prints, streamed`, unit: 'ms', ...summarize(took) },
        floor: { ...floor, name: 'the same into a StringIO' },
        targets: [{ at: 'most', value: 100 }],
      },
    ];
  },
};

/** How fast `cat` of a file of so many megabytes goes through an HTTP server in Node, in MB/s. */
async function measureCat({ floors }: Bench, megabytes: number, n: number): Promise<Samples> {
  const file = join(tmpdir(), `quicksand-bench-${process.pid}`);
  const speeds: number[] = [];
  try {
    await writeFile(file, Buffer.alloc(megabytes * 1_000_000, 'x'));
    await readFile(file);
    const client = new HttpClient(await floors.helloUrl(file));
    while (speeds.length < n) speeds.push((megabytes * 1000) / (await time(() => client.send('GET', '/cat'))));
    client.close();
  } finally {
    await rm(file, { force: true });
  }
  return summarize(speeds);
}

export const bigString: Row = {
  name: 'big-string',
  about: 'one string of 50 MB, and the memory of host and kernel meanwhile',
  async measure(bench) {
    await using host = await openBare(bench);
    const megabytes = bench.smoke ? 2 : 50;
    const n = times(bench, 7, 2);
    const body = { code: `print('x' * ${megabytes * 1_000_000})` };
    await host.client.run('big', body);
    const speeds: number[] = [];
    const ofHost: number[] = [];
    const ofKernel: number[] = [];
    while (speeds.length < n) {
      const watch = await watchMemory(host.pid);
      const { end, peakMemoryMB } = await host.client.run('big', body);
      speeds.push((megabytes * 1000) / end);
      ofHost.push(await watch.growth());
      ofKernel.push(peakMemoryMB);
    }
    const floor = {
      ...(await measureCat(bench, megabytes, n)),
      name: '`cat` of a file, through an HTTP server in Node',
    };
    const name = `one string of ${megabytes} MB`;
    return [
      { ...{ name, unit: 'MB/s', ...summarize(speeds), floor }, targets: [{ at: 'least', value: 200 }] },
      {
        ...{ name: `${name}: memory that the host takes`, unit: 'MB', ...summarize(ofHost) },
        targets: [{ at: 'most', value: 64 }],
      },
      { ...{ name: `${name}: memory of the kernel`, unit: 'MB', ...summarize(ofKernel) }, targets: [] },
    ];
  },
};
