import { WorkerEntrypoint } from 'cloudflare:workers';
import { type Execution, getSandbox } from '@quicksand/sdk';

const events = ['{"type":"result","text":"5"}', '{"type":"execution_complete","execution_count":1,"outcome":"ok"}'];

/** A host that runs nothing. */
const host = {
  fetch: async (): Promise<Response> =>
    new Response(events.map((event, n) => `id: ${n + 1}\ndata: ${event}\n\n`).join(''), {
      headers: { 'Content-Type': 'text/event-stream' },
    }),
};

/** A Worker that hands on what the sdk gave it, as an agent does. */
export class Agent extends WorkerEntrypoint {
  run(code: string, options?: object): Promise<Execution> {
    return getSandbox(host, 'a').runCode(code, options);
  }
}
