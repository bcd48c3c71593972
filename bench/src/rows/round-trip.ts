import { type Bench, type Row, openBare, times, warmRuns, warmUp } from '../bench.ts';
import { byTurns } from '../by-turns.ts';
import type { Figure } from '../figure.ts';
import type { Timing } from '../http-client.ts';
import { type Samples, summarize } from '../samples.ts';

async function measureAll(bench: Bench, language: string, codes: Readonly<Record<string, number>>): Promise<Figure[]> {
  await using host = await openBare(bench);
  const n = times(bench, 1000);
  const figures: Figure[] = [];
  for (const [code, most] of Object.entries(codes)) {
    const timings: Timing[] = [];
    const run = (): Promise<Timing> => host.client.run('round-trip', { code, language });
    // First until V8 has compiled what runs often in host and client.
    await warmUp(run, times(bench, warmRuns));
    const measure = async (): Promise<number> => {
      const timing = await run();
      timings.push(timing);
      return timing.end;
    };
    const [whole, floor] = await byTurns(20, { n, measure }, { n, measure: () => bench.floors.execution(code) });
    const of = (field: 'wallMs' | 'cpuMs'): Samples => summarize(timings.map((timing) => timing[field]));
    const name = `${language}: ${code}`;
    figures.push(
      {
        ...{ name: `${name}, to the end event`, unit: 'ms', ...whole },
        floor: { ...floor, name: 'a Python that `exec`s a line from a pipe, and an HTTP request to a server in Node' },
        targets: [{ at: 'most', value: most }],
      },
      { ...{ name: `${name}, in the host from start to end`, unit: 'ms', ...of('wallMs') }, targets: [] },
      { ...{ name: `${name}, processor time of the kernel`, unit: 'ms', ...of('cpuMs') }, targets: [] },
    );
  }
  return figures;
}

export const roundTrip: Row = {
  name: 'round-trip',
  about: 'a short cell in a Python context that is there, over loopback HTTP',
  measure: (bench) => measureAll(bench, 'python', { 'print("x")': 0.6, '1+1': 0.7 }),
};

export const roundTripJavaScript: Row = {
  name: 'round-trip-javascript',
  about: 'a short cell in a JavaScript context that is there, over loopback HTTP',
  language: 'javascript',
  measure: (bench) => measureAll(bench, 'javascript', { '1+1': 0.5 }),
};
