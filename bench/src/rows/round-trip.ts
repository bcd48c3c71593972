import { type Bench, type Row, openBare, times, warmRuns, warmUp } from '../bench.ts';
import type { Figure } from '../figure.ts';
import type { HttpClient, Timing } from '../http-client.ts';
import { type Samples, addUp, summarize } from '../samples.ts';

/** Runs code again and again in one context, first until V8 has compiled what runs often in host and client. */
async function measure(
  client: HttpClient,
  body: { code: string; language: string },
  { warm, n }: { warm: number; n: number },
): Promise<Timing[]> {
  const run = (): Promise<Timing> => client.run('round-trip', body);
  await warmUp(run, warm);
  const timings: Timing[] = [];
  while (timings.length < n) timings.push(await run());
  return timings;
}

async function measureAll(bench: Bench, language: string, codes: Readonly<Record<string, number>>): Promise<Figure[]> {
  await using host = await openBare(bench);
  const n = times(bench, 1000);
  const figures: Figure[] = [];
  for (const [code, most] of Object.entries(codes)) {
    const timings = await measure(host.client, { code, language }, { warm: times(bench, warmRuns), n });
    const floor = addUp(await bench.floors.line(code, n), await bench.floors.hello(n));
    const of = (field: 'end' | 'wallMs' | 'cpuMs'): Samples => summarize(timings.map((timing) => timing[field]));
    const name = `${language}: ${code}`;
    figures.push(
      {
        ...{ name: `${name}, to the end event`, unit: 'ms', ...of('end') },
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
