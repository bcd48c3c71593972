// Workers as they are written to the types of Cloudflare's runtime compile. This file runs nowhere.

import { DurableObject } from 'cloudflare:workers';
import {
  type ExecEvent,
  Sandbox,
  SandboxError,
  type SandboxVariables,
  type StreamingEvent,
  getSandbox,
  parseSSEStream,
} from '@quicksand/worker';

interface Env extends SandboxVariables {
  readonly SANDBOX: DurableObjectNamespace<Sandbox>;
  readonly SMALL: DurableObjectNamespace<SmallSandbox>;
  readonly UNTYPED: DurableObjectNamespace;
  readonly AGENT: DurableObjectNamespace<Agent>;
}

/** A class that says how its containers are. */
export class SmallSandbox extends Sandbox<Env> {
  override sleepAfter = '5m';
  override envVars = { QUICKSAND_LIMITS: 'processes=64' };
  override async fetch(request: Request): Promise<Response> {
    console.log(this.ctx.id.name, this.env.QUICKSAND_URL);
    return super.fetch(request);
  }
}

/** Hands on what the methods of a sandbox give: calls between Workers carry each of these, and so do their types. */
export class Agent extends DurableObject<Env> {
  readonly #sandbox = getSandbox(this.env.SANDBOX, 'agent');
  run(code: string) {
    return this.#sandbox.runCode(code);
  }
  stream(code: string) {
    return this.#sandbox.runCodeStream(code);
  }
  async events(code: string) {
    const events: StreamingEvent[] = [];
    for await (const event of parseSSEStream<StreamingEvent>(await this.stream(code))) events.push(event);
    return events;
  }
  context() {
    return this.#sandbox.createCodeContext();
  }
  exec(command: string) {
    return this.#sandbox.exec(command);
  }
  start(command: string) {
    return this.#sandbox.startProcess(command);
  }
  list(path: string) {
    return this.#sandbox.listFiles(path);
  }
  read(path: string) {
    return this.#sandbox.readFile(path);
  }
}

export async function callAgent(env: Env): Promise<void> {
  const agent = env.AGENT.getByName('agent');
  const { results, logs, context, error, outcome } = await agent.run('1');
  console.log(results[0]?.chart?.title, logs.stdout.length, context.createdAt.getTime(), error?.name, outcome);
  console.log((await agent.context()).id, (await agent.exec('ls')).exitCode);
  for await (const event of parseSSEStream<StreamingEvent>(await agent.stream('1'))) console.log(event.type);
  const events: StreamingEvent[] = await agent.events('1');
  console.log(events[0]?.json);
  console.log((await agent.list('.')).count, (await agent.read('a')).content);
  await (await agent.start('sleep 9')).kill();
}

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const sandbox = getSandbox(env.SANDBOX, 'my-sandbox', { sleepAfter: '5m', keepAlive: false, normalizeId: true });
    ctx.waitUntil(
      getSandbox(env.UNTYPED, 'log')
        .runCode('1')
        .then(({ outcome }) => console.log(outcome)),
    );
    for await (const event of parseSSEStream<ExecEvent>(await sandbox.execStream('ls'), request.signal))
      console.log(event.type);
    await sandbox.writeFile('upload', request.body ?? '');
    const { content } = await sandbox.readFile('upload', { encoding: 'none' });
    const { readable, writable } = new IdentityTransformStream();
    ctx.waitUntil(content.pipeTo(writable));
    if (request.method === 'PUT') return new Response(readable);
    try {
      const stream = await getSandbox(env.SMALL, 'small').runCodeStream('1', { signal: request.signal });
      const [answer, log] = stream.tee();
      ctx.waitUntil(new Response(log).text().then(console.log));
      const passed = new TransformStream<Uint8Array, Uint8Array>({ transform: (part, out) => out.enqueue(part) });
      return new Response(answer.pipeThrough(passed), { headers: { 'Content-Type': 'text/event-stream' } });
    } catch (error) {
      if (SandboxError.is(error)) return Response.json(error.toBody(), { status: error.status });
      throw error;
    }
  },
} satisfies ExportedHandler<Env>;
