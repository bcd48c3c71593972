import { type Bench, type Row, everyProcessor, openBare, times, warmRuns, warmUp } from '../bench.ts';
import { byTurns } from '../by-turns.ts';
import type { Figure } from '../figure.ts';

/** How often something is done in a second by so many at once, in `ms`. */
async function measureRate(workers: ReadonlyArray<() => Promise<unknown>>, ms: number): Promise<number> {
  let done = 0;
  const started = performance.now();
  const repeat = async (work: () => Promise<unknown>): Promise<void> => {
    while (performance.now() - started < ms) {
      await work();
      done++;
    }
  };
  await Promise.all(workers.map(repeat));
  return (done * 1000) / (performance.now() - started);
}

async function measure(bench: Bench, language: string, least: Readonly<Record<number, number>>): Promise<Figure[]> {
  await using host = await openBare(bench, ...everyProcessor);
  const [n, ms] = bench.smoke ? [1, 100] : [3, 1000];
  const figures: Figure[] = [];
  for (const [index, [asked, value]] of Object.entries(least).entries()) {
    const contexts = bench.smoke ? index + 1 : Number(asked);
    const path = `/v1/sandboxes/rate-${contexts}/contexts`;
    const create = (): Promise<{ id: string }> => host.client.json('POST', path, { language });
    const ids = (await Promise.all(Array.from({ length: contexts }, create))).map(({ id }) => id);
    const workers = ids.map((contextId) => () => host.client.run(`rate-${contexts}`, { code: '1+1', contextId }));
    // The host and the client are warm after the first of these; V8 compiles each kernel of JavaScript anew.
    const all = language === 'javascript' ? 10 * warmRuns : warmRuns;
    const runs = Math.min(warmRuns, Math.ceil(all / contexts));
    await Promise.all(workers.map((work) => warmUp(work, times(bench, runs))));
    const requests = ids.map(() => () => bench.floors.hello());
    const [rates, floor] = await byTurns(
      n,
      { n, measure: () => measureRate(workers, ms) },
      { n, measure: () => measureRate(requests, ms) },
    );
    figures.push({
      ...{ name: `${language}: executions a second, ${contexts} contexts`, unit: '1/s', ...rates },
      floor: { ...floor, name: 'requests a second to a server in Node, as many at once' },
      targets: [{ at: 'least', value }],
    });
    await host.client.json('DELETE', path.replace(/\/contexts$/, ''));
  }
  return figures;
}

export const throughput: Row = {
  name: 'throughput',
  about: 'short Python cells a second, in 1, 8 and 32 contexts of a sandbox that may use every processor',
  measure: (bench) => measure(bench, 'python', { 1: 1500, 8: 2500, 32: 2500 }),
};

export const throughputJavaScript: Row = {
  name: 'throughput-javascript',
  about: 'short JavaScript cells a second, in 1, 8 and 32 contexts of a sandbox that may use every processor',
  language: 'javascript',
  measure: (bench) => measure(bench, 'javascript', { 1: 1800, 8: 3000, 32: 3000 }),
};
