import { type Row, openBare, times } from '../bench.ts';
import { HttpClient } from '../http-client.ts';
import { openGateway } from '../open-worker.ts';
import { summarize } from '../samples.ts';

export const worker: Row = {
  name: 'worker',
  about: 'what a Worker and its Durable Object in workerd add to a short cell',
  async measure(bench) {
    await using host = await openBare(bench);
    await using gateway = await openGateway(bench.place.root, { QUICKSAND_URL: host.url, QUICKSAND_TOKEN: host.token });
    const through = new HttpClient(gateway.url);
    const added: number[] = [];
    const direct: number[] = [];
    const all: number[] = [];
    const n = times(bench, 500);
    for (let i = -Math.min(n, 50); i < n; i++) {
      // In turn, so that what else the machine does concerns both.
      const one = (await host.client.run('worker', { code: '1+1' })).end;
      const other = (await through.run('worker', { code: '1+1' })).end;
      if (i < 0) continue;
      direct.push(one);
      all.push(other);
      added.push(other - one);
    }
    through.close();
    const floor = { ...summarize(direct), name: 'the same cell without the Worker' };
    return [
      { ...{ name: '1+1 through Worker and Durable Object', unit: 'ms', ...summarize(all) }, floor, targets: [] },
      {
        ...{ name: 'added by Worker and Durable Object', unit: 'ms', ...summarize(added) },
        targets: [{ at: 'most', value: 1 }],
      },
    ];
  },
};
