import { type Sandbox, SandboxError, getSandbox } from '@quicksand/worker';

export { Sandbox } from '@quicksand/worker';

interface Env {
  readonly SANDBOX: DurableObjectNamespace<Sandbox>;
}

const cookie = 'sandbox';

/** Runs the code that the page in public/ sends, in a sandbox of each visitor's own, and answers with the stream of what it does. */
export default {
  async fetch(request, env): Promise<Response> {
    if (new URL(request.url).pathname !== '/run' || request.method !== 'POST') {
      return new Response('POST code to /run', { status: 404 });
    }
    // The name is a secret of the visitor's browser: who knows it uses the same sandbox.
    const known = new RegExp(`(?:^|; )${cookie}=([\\w-]{36})`).exec(request.headers.get('Cookie') ?? '')?.[1];
    const id = known ?? crypto.randomUUID();
    try {
      const sandbox = getSandbox(env.SANDBOX, id, { sleepAfter: '10m' });
      const stream = await sandbox.runCodeStream(await request.text(), { language: 'python', signal: request.signal });
      return new Response(stream, {
        headers: {
          'Content-Type': 'text/event-stream',
          'Cache-Control': 'no-cache',
          'Set-Cookie': `${cookie}=${id}; HttpOnly; SameSite=Strict; Path=/; Max-Age=86400`,
        },
      });
    } catch (error) {
      if (SandboxError.is(error)) return Response.json(error.toBody(), { status: error.status });
      throw error;
    }
  },
} satisfies ExportedHandler<Env>;
